import { createDispatcher } from '@fairlead/dispatcher';
import { createLogger, startServer } from '@fairlead/http';
import { createLedger } from '@fairlead/ledger';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { verifyCount } from '../stores.ts';

export interface Door {
  /** Takes batches; `single` takes one job. */
  readonly batchUrl: string;
  readonly singleUrl: (workspace: string) => string;
  /** What a post has to bring along, besides its content type. */
  readonly headers: Readonly<Record<string, string>>;
  /** The number of jobs that were accepted and are still known. */
  close(): Promise<void>;
  /** @throws Error when other than `jobs` jobs are where they should be */
  verify(jobs: number): Promise<void>;
}

/** The dispatcher, all of it, over real servers; resolves once it is ready. */
export async function openDispatcher(options: {
  redisUrl: string;
  databaseUrl: string;
  ledger: 'on' | 'off';
  workspaces: readonly string[];
}): Promise<Door> {
  const logger = createLogger('dispatcher', 'silent');
  const scheduler = createScheduler({ redis: { url: options.redisUrl } });
  const ledger = createLedger({ databaseUrl: options.databaseUrl });
  const dispatcher = createDispatcher({
    scheduler,
    producer: createProducer(scheduler),
    ledger,
    records: options.ledger === 'on' ? { ...ledger, holder: 'bench' } : undefined,
    metrics: {
      accepted() {},
      repeated() {},
      queued() {},
      rejected() {},
      heldBack() {},
      restored() {},
      observeAudit() {},
      observePressure() {},
    },
    logger,
    metricsHandler: (_req, res) => void res.end(),
    onAnswered() {},
  });
  const server = await startServer(dispatcher.app, { host: '127.0.0.1', port: 0 });
  dispatcher.start();
  await waitFor(async () => (await fetch(`${server.url}/readyz`)).status === 200, {
    what: 'the dispatcher is ready',
    deadlineMs: 20_000,
  });
  await ledger.workspaces.ensure(options.workspaces);
  const { key } = await ledger.apiKeys.create({ label: 'bench', scopes: ['enqueue'], createdBy: 'bench' });
  return {
    batchUrl: `${server.url}/v1/jobs:batch`,
    singleUrl: (workspace) => `${server.url}/v1/workspaces/${workspace}/jobs`,
    headers: { authorization: `Bearer ${key}` },
    async verify(jobs) {
      const counts = await scheduler.counts(options.workspaces);
      const waiting = counts.reduce((sum, count) => sum + count.waiting, 0);
      if (waiting !== jobs) throw new Error(`the work is wrong: ${waiting} jobs in Redis for ${jobs}`);
      if (options.ledger === 'on') await verifyCount(options.databaseUrl, 'SELECT count(*) FROM "Job"', jobs);
    },
    async close() {
      await server.close(2_000);
      await dispatcher.stop();
      await Promise.all([scheduler.close(), ledger.close()]);
    },
  };
}
