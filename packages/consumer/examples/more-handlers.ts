/** More handlers of docs/handlers.md. */
import { defineHandlers, PermanentError } from '@fairlead/consumer';
import { z } from 'zod';
import { buildReport, pause } from './services.ts';

export default defineHandlers({
  // #region errors
  'card.charge': {
    input: z.object({ card: z.string(), cents: z.int().positive() }),
    run: (job) => {
      // No retry can help: a dead letter at once.
      if (job.input.card === 'expired') throw new PermanentError('the card has expired');
      // Tried again after its backoff, until its attempts are used up.
      if (job.attempt === 1) throw new Error('the bank does not answer');
      return { charged: job.input.cents };
    },
  },
  // #endregion errors

  // #region long
  'report.build': {
    input: z.object({ pages: z.int().min(1).max(500) }),
    timeoutMs: 15 * 60_000,
    run: async (job, ctx) => {
      for (let page = 1; page <= job.input.pages; page++) {
        ctx.signal.throwIfAborted();
        await buildReport(page);
        await ctx.progress({ page, of: job.input.pages });
      }
      await ctx.log(`built ${job.input.pages} pages`);
      return { pages: job.input.pages };
    },
  },
  // #endregion long

  // #region abort
  'crawl.site': {
    input: z.object({ url: z.url() }),
    run: async (_job, ctx) => {
      ctx.signal.addEventListener('abort', () => {
        // 'timeout', 'lost_lock', 'cancelled' or 'shutdown'
        console.log('stopping:', ctx.signal.reason.cause);
      });
      await pause(60_000, ctx.signal);
    },
  },
  // #endregion abort

  // #region once
  'invoice.pay': {
    input: z.object({ invoice: z.string(), cents: z.int() }),
    run: (job, ctx) =>
      ctx.once(
        `pay:${job.input.invoice}`,
        ({ tx }) =>
          tx.execute('UPDATE invoice SET paid = paid + $1 WHERE id = $2', [
            job.input.cents,
            job.input.invoice,
          ]),
        { transaction: true },
      ),
  },
  // #endregion once
});
