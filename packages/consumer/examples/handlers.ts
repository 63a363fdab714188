/** The handlers of docs/handlers.md; a test runs them, and checks that the guide shows this very code. */
// #region first
import { defineHandlers } from '@fairlead/consumer';
import { z } from 'zod';
import { mailer } from './services.ts';

export default defineHandlers({
  'email.send': {
    input: z.object({ to: z.email(), subject: z.string() }),
    timeoutMs: 30_000,
    run: async (job, ctx) => {
      // job.input is { to: string; subject: string }, checked before this runs.
      const receipt = await mailer.send(job.input, {
        idempotencyKey: ctx.idempotencyKey,
        signal: ctx.signal,
      });
      return { receipt };
    },
  },
});
// #endregion first
