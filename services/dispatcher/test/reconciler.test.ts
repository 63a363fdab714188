/** What the ledger has as queued is in Redis and may run, or it is added again: by the slow audit, and after a loss. */
import { createLedger, type Ledger, newJobId } from '@fairlead/ledger';
import {
  createClaimer,
  createProducer,
  createScheduler,
  type Producer,
  type Scheduler,
} from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createReconciler } from '../src/ledger/reconciler.ts';
import type { Loop } from '../src/loop.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let ledger: Ledger;
let scheduler: Scheduler;
let producer: Producer;
let reconciler: Loop;

beforeAll(async () => {
  servers = await startServers();
  ledger = createLedger({ databaseUrl: servers.postgres.url });
  scheduler = createScheduler({ redis: { url: servers.redis.url } });
  await scheduler.ping(5_000);
  await scheduler.writeGeneration();
  producer = createProducer(scheduler);
  await ledger.workspaces.ensure(['acme']);
}, 60_000);
/** `audits` with the minute over at once that a job is left alone; without, only a loss is repaired. */
function startReconciler(audits: boolean): void {
  const auditPage: Ledger['jobs']['auditPage'] = async (page) =>
    audits ? ledger.jobs.auditPage({ ...page, olderThanMs: 0 }) : { jobs: [], next: null };
  reconciler = createReconciler({
    ...ledger,
    jobs: { ...ledger.jobs, auditPage },
    scheduler,
    producer,
    holder: 'test',
    logger: { info() {}, warn() {} },
    now: Date.now,
    everyMs: 20,
  });
  reconciler.start();
}
afterEach(() => reconciler.stop());
afterAll(async () => {
  await Promise.all([scheduler.close(), ledger.close()]);
  await servers.stop();
});

async function queuedJob(): Promise<string> {
  const id = newJobId();
  const job = { workspace: 'acme', id, type: 'work', payloadJson: '{}', maxAttempts: 1 };
  await ledger.jobs.accept([job]);
  await producer.add([{ ...job, recorded: true }]);
  await ledger.jobs.markQueued([id]);
  return id;
}

const stateInRedis = async (id: string) => (await scheduler.job('acme', id))?.state;

test('a job that Redis does not have any more is there again', async () => {
  const id = await queuedJob();
  await scheduler.cancel([{ workspace: 'acme', id }]);
  expect(await stateInRedis(id)).toBeUndefined();
  startReconciler(true);
  await waitFor(async () => (await stateInRedis(id)) === 'waiting', { what: 'it waits in Redis again' });
});

test.each([
  ['the audit', true],
  // A reconciler that sees a server for the first time takes its last seconds for lost.
  ['the repair of a loss', false],
])(
  'a job that is a dead letter in Redis and queued in the ledger may run again after %s',
  async (_by, audits) => {
    const id = await queuedJob();
    const claimer = createClaimer(scheduler, { replicaId: 'test' });
    await claimer.start();
    const answer = await claimer.claim(64);
    if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
    for (const job of answer.jobs) await claimer.fail(job, new Error('as asked'), { retry: false });
    await claimer.stop();
    expect(await stateInRedis(id)).toBe('dead');
    startReconciler(audits);
    await waitFor(async () => (await stateInRedis(id)) === 'waiting', { what: 'it waits in Redis again' });
  },
);
