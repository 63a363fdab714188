/**
 * The handlers that the rig's replicas load (FAIRLEAD_HANDLERS). Each writes down its runs at once, into a file of its
 * process, so that a killed process leaves what it did; and takes its effect twice: through `ctx.once`, and bare, as the
 * negative control that shows how often an effect happens that nobody guards.
 */
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, defineHandlers, type HandlerJob } from '@fairlead/consumer';
import { Pool } from 'pg';
import { z } from 'zod';
import { fromEnvironment } from './settings.ts';

// A replica loads this file for its handlers alone: opening what they need is what loading it is for.
const { folder, databaseUrl } = fromEnvironment(process.env);
const own = `${process.pid}.log`;
const file = openSync(join(folder, own), 'a');
const pool = new Pool({ connectionString: databaseUrl, max: 2 });
pool.on('error', () => {});

type Job<T> = Pick<HandlerJob<T>, 'id' | 'workspace'>;

/** All processes of a machine share this clock. */
function note(what: 'start' | 'end', { id }: Job<unknown>): void {
  writeSync(file, `${what} ${id} ${process.hrtime.bigint()}\n`);
}

/** Without giving way: for a handler that blocks. */
function runsElsewhere({ id }: Job<unknown>): boolean {
  return readdirSync(folder)
    .filter((name) => name !== own)
    .some((name) => readFileSync(join(folder, name), 'utf8').includes(`start ${id} `));
}

function timesBegun({ id }: Job<unknown>): number {
  const runs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return runs.reduce((sum, text) => sum + text.split(`start ${id} `).length - 1, 0);
}

const EFFECTS = z.array(z.enum(['bare', 'once'])).default(['bare', 'once']);

const INSERT = 'INSERT INTO chaos_effect (kind, job, pid) VALUES ($1, $2, $3)';

async function once(job: Job<unknown>, ctx: Context): Promise<void> {
  await ctx.once(`work:${job.id}`, ({ tx }) => tx.execute(INSERT, ['once', job.id, process.pid]), {
    transaction: true,
  });
}

async function bare(job: Job<unknown>): Promise<void> {
  await pool.query(INSERT, ['bare', job.id, process.pid]);
}

async function take(effects: z.infer<typeof EFFECTS>, job: Job<unknown>, ctx: Context): Promise<void> {
  if (effects.includes('bare')) await bare(job);
  if (effects.includes('once')) await once(job, ctx);
}

export default defineHandlers({
  /** Waits, and does not look at its signal: what it does after its lock is lost must not count. */
  work: {
    input: z.object({ ms: z.number().default(0), effects: EFFECTS }),
    run: async (job, ctx) => {
      const { ms, effects } = job.input;
      note('start', job);
      await sleep(ms);
      await take(effects, job, ctx);
      note('end', job);
      return { pid: process.pid };
    },
  },

  /** Takes its effect, and then computes without a pause, until another replica runs the job: no lock is renewed meanwhile. */
  spin: {
    input: z.object({ ms: z.number() }),
    run: async (job, ctx) => {
      note('start', job);
      await bare(job);
      await once(job, ctx);
      const endMs = performance.now() + job.input.ms;
      // A busy machine may need longer to bring it to another replica.
      while (performance.now() < endMs || !runsElsewhere(job));
      note('end', job);
      return { pid: process.pid };
    },
  },

  /** Waits until it is run again, by whoever it is, and takes its effect then: so does the other attempt. */
  linger: {
    input: z.object({ effects: EFFECTS }),
    run: async (job, ctx) => {
      note('start', job);
      while (timesBegun(job) < 2) await sleep(100);
      await take(job.input.effects, job, ctx);
      note('end', job);
      return { pid: process.pid };
    },
  },

  /** Takes its replica along. */
  crash: {
    input: z.unknown(),
    run: (job) => {
      note('start', job);
      process.exit(70);
    },
  },

  /** Sends something outside, and does not come back from it the first time: the rig kills the replica then. */
  send: {
    input: z.object({ whenUnknown: z.enum(['hold', 'retry']) }),
    run: (job, ctx) => {
      note('start', job);
      return ctx.once(
        `send:${job.id}`,
        async () => {
          // Whoever is sent to knows a repeat by this key.
          const key = ctx.idempotencyKey;
          await pool.query(INSERT, ['sent', key, process.pid]);
          const { rows } = await pool.query(
            `SELECT count(*)::int AS sent FROM chaos_effect WHERE kind = 'sent' AND job = $1`,
            [key],
          );
          if (rows[0].sent === 1) await new Promise<never>(() => {});
          return { sentBy: process.pid };
        },
        { whenUnknown: job.input.whenUnknown },
      );
    },
  },
});
