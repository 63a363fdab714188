/** Handlers to try the cluster with: they do nothing useful, in all the ways that matter. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { defineHandlers, PermanentError } from '@fairlead/consumer';
import { z } from 'zod';

const HOUR_MS = 3_600_000;
const duration = (fallbackMs: number) => z.int().min(0).max(HOUR_MS).default(fallbackMs);

/** A computation gives way this often, so that locks are renewed and signals are seen. */
const SLICE_MS = 10;

export default defineHandlers({
  /** Waits, and takes no CPU. */
  'demo.sleep': {
    input: z.object({ ms: duration(100) }),
    timeoutMs: HOUR_MS + 60_000,
    run: async (job, { signal }) => {
      await sleep(job.input.ms, undefined, { signal });
      return { sleptMs: job.input.ms };
    },
  },

  /** Gives back what it got. */
  'demo.echo': {
    input: z.unknown(),
    run: (job) => job.input,
  },

  /** Fails its first `times` attempts; with `permanent`, for good. */
  'demo.fail': {
    input: z.object({ times: z.int().min(0).default(1), permanent: z.boolean().default(false) }),
    run: (job) => {
      if (job.attempt > job.input.times) return { succeededAtAttempt: job.attempt };
      const message = `attempt ${job.attempt} fails, as was asked for`;
      throw job.input.permanent ? new PermanentError(message) : new Error(message);
    },
  },

  /** Computes. */
  'demo.cpu': {
    input: z.object({ ms: duration(50) }),
    timeoutMs: HOUR_MS + 60_000,
    run: async (job, { signal }) => {
      let spentMs = 0;
      let rounds = 0;
      while (spentMs < job.input.ms) {
        const sliceMs = Math.min(SLICE_MS, job.input.ms - spentMs);
        const startMs = performance.now();
        while (performance.now() - startMs < sliceMs) rounds++;
        spentMs += sliceMs;
        await nextTurn();
        signal.throwIfAborted();
      }
      return { rounds };
    },
  },

  /** Takes `steps` steps of `ms` each, and says after each how far it is. */
  'demo.progress': {
    input: z.object({ steps: z.int().min(1).max(1_000).default(5), ms: duration(100) }),
    timeoutMs: HOUR_MS,
    run: async (job, { signal, progress, log }) => {
      const { steps, ms } = job.input;
      for (let step = 1; step <= steps; step++) {
        await sleep(ms, undefined, { signal });
        await progress({ step, steps });
        await log(`step ${step} of ${steps}`);
      }
      return { steps };
    },
  },
});
