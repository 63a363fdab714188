/** Queues that live in Postgres alone, with their fastest documented way of working. */
import { Logger, run, runMigrations } from 'graphile-worker';
import { Pool } from 'pg';
import { PgBoss } from 'pg-boss';
import { createChecklist } from '../checklist.ts';
import { verifyCount, withPool } from '../stores.ts';

const ADD_BATCH = 1_000;

export const PG_BOSS = { fetchers: 4, batchSize: 500, connections: 8 };
export const GRAPHILE = { concurrentJobs: 24, localQueue: 500, completeJobBatchDelay: 0, connections: 10 };

interface Numbered {
  readonly number: number;
}

const payload = (number: number) => ({ number, text: 'x'.repeat(60) });

/** Fetches and completes in batches, without `work()` and its polling interval; maintenance off. Gives the seconds. */
export async function contestPgBoss(url: string, jobs: number): Promise<number> {
  const boss = new PgBoss({
    connectionString: url,
    max: PG_BOSS.connections,
    supervise: false,
    schedule: false,
  });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('noop');
  for (let from = 0; from < jobs; from += ADD_BATCH) {
    const size = Math.min(ADD_BATCH, jobs - from);
    await boss.insert(
      'noop',
      Array.from({ length: size }, (_, i) => ({ data: payload(from + i), retryLimit: 2 })),
    );
  }
  const checklist = createChecklist(jobs);
  const startedMs = performance.now();
  const drain = async () => {
    for (;;) {
      const batch = await boss.fetch<Numbered>('noop', { batchSize: PG_BOSS.batchSize });
      if (batch.length === 0) return;
      await boss.complete(
        'noop',
        batch.map((job) => job.id),
      );
      for (const job of batch) checklist.tick(job.data.number);
    }
  };
  await Promise.all(Array.from({ length: PG_BOSS.fetchers }, drain));
  const seconds = (performance.now() - startedMs) / 1_000;
  checklist.verify();
  await boss.stop({ graceful: false });
  await verifyCount(url, `SELECT count(*) FROM pgboss.job WHERE state = 'completed'`, jobs);
  return seconds;
}

/** Local queue and batched completion on, as in its own performance test. Gives the seconds. */
export async function contestGraphile(url: string, jobs: number): Promise<number> {
  const pgPool = new Pool({ connectionString: url, max: GRAPHILE.connections });
  pgPool.on('error', () => {});
  pgPool.on('connect', (client) => void client.on('error', () => {}));
  const logger = new Logger(() => () => {});
  await runMigrations({ pgPool, logger });
  await withPool(url, 1, (pool) =>
    pool.query(
      `SELECT count(*) FROM graphile_worker.add_jobs((SELECT array_agg(json_populate_record(
         null::graphile_worker.job_spec,
         json_build_object('identifier', 'noop', 'payload', json_build_object('number', n, 'text', repeat('x', 60)),
           'max_attempts', 3)))
       FROM generate_series(0, $1::int - 1) AS n))`,
      [jobs],
    ),
  );
  const checklist = createChecklist(jobs);
  const startedMs = performance.now();
  const runner = await run({
    pgPool,
    logger,
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: GRAPHILE.concurrentJobs,
        localQueue: { size: GRAPHILE.localQueue },
        completeJobBatchDelay: GRAPHILE.completeJobBatchDelay,
      },
    },
    taskList: { noop: () => {} },
  });
  runner.events.on('job:complete', ({ job, error }) => {
    if (!error) checklist.tick((job.payload as Numbered).number);
  });
  await checklist.complete;
  const seconds = (performance.now() - startedMs) / 1_000;
  checklist.verify();
  await runner.stop();
  await pgPool.end();
  // A job that is done is deleted.
  await verifyCount(url, 'SELECT count(*) FROM graphile_worker.jobs', 0);
  return seconds;
}
