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
import { createReconciler, type Reconciler } from '../src/ledger/reconciler.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let ledger: Ledger;
let scheduler: Scheduler;
let producer: Producer;
let reconciler: Reconciler;

beforeAll(async () => {
  servers = await startServers();
  ledger = createLedger({ databaseUrl: servers.postgres.url });
  scheduler = createScheduler({ redis: { url: servers.redis.url } });
  await scheduler.ping(5_000);
  await scheduler.writeGeneration();
  producer = createProducer(scheduler);
  await ledger.workspaces.ensure(['acme']);
});
/** `audits` with the minute over at once that a job is left alone; without, only a loss is repaired. */
function startReconciler(
  audits: boolean,
  { jobs, leases }: { jobs?: Partial<Ledger['jobs']>; leases?: Partial<Ledger['leases']> } = {},
): { warnings: object[] } {
  const auditPage: Ledger['jobs']['auditPage'] = async (page) =>
    audits ? ledger.jobs.auditPage({ ...page, olderThanMs: 0 }) : { jobs: [], next: null };
  const warnings: object[] = [];
  reconciler = createReconciler({
    ...ledger,
    jobs: { ...ledger.jobs, auditPage, ...jobs },
    leases: { ...ledger.leases, ...leases },
    scheduler,
    producer,
    holder: 'test',
    logger: { info() {}, warn: (fields) => void warnings.push(fields) },
    now: Date.now,
    everyMs: 20,
    auditEveryMs: 100,
  });
  reconciler.start();
  return { warnings };
}
afterEach(() => reconciler.stop());
afterAll(async () => {
  await Promise.all([scheduler.close(), ledger.close()]);
  await servers.stop();
});

async function queuedJob(workspace = 'acme'): Promise<string> {
  const id = newJobId();
  const job = { workspace, id, type: 'work', payloadJson: '{}', maxAttempts: 1 };
  await ledger.jobs.accept([job]);
  await producer.add([{ ...job, recorded: true }]);
  await ledger.jobs.markQueued([id]);
  return id;
}

const stateInRedis = async (id: string, workspace = 'acme') => (await scheduler.job(workspace, id))?.state;

async function flush(): Promise<void> {
  await servers.redis.command('FLUSHALL');
  await scheduler.writeGeneration();
}

/** Whether the ledger takes the generation that Redis has now for repaired. */
async function isNoted(): Promise<boolean> {
  const [state] = await scheduler.shardStates();
  return (await ledger.generations.all()).some(({ generation }) => generation === state?.generation);
}

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

test("a workspace whose queue is corrupt holds up no other's restore, and gets its jobs back after its repair", async () => {
  await ledger.workspaces.ensure(['aaa']);
  const [theirs, ours] = [await queuedJob('aaa'), await queuedJob()];
  await flush();
  // Both the queue that jobs are added to, and the one in which a dead namesake is looked for.
  for (const key of ['wait', 'failed']) await servers.redis.command('SET', `{fl0}:aaa:${key}`, 'no list');
  const { warnings } = startReconciler(true, {
    jobs: { unfinishedPage: (cursor) => ledger.jobs.unfinishedPage(cursor, 1) },
  });
  await waitFor(async () => (await stateInRedis(ours)) === 'waiting', { what: 'the page after it is added' });
  await waitFor(isNoted, { what: 'the repair is over' });
  expect(warnings).toEqual([{ workspace: 'aaa', reason: expect.stringContaining('WRONGTYPE') }]);

  await servers.redis.command('DEL', '{fl0}:aaa:wait', '{fl0}:aaa:failed');
  await waitFor(async () => (await stateInRedis(theirs, 'aaa')) === 'waiting', { what: 'the audit adds it' });
});

test('a Redis that takes no job at all is not taken for repaired until it does', async () => {
  const id = await queuedJob();
  await flush();
  await servers.redis.command('CONFIG', 'SET', 'maxmemory', '1');
  const { warnings } = startReconciler(false);
  await waitFor(() => warnings.length > 0, { what: 'the repair fails' });
  expect(warnings).toEqual([{ reason: expect.stringContaining('OOM') }]);
  expect(await isNoted()).toBe(false);
  await servers.redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await waitFor(async () => (await stateInRedis(id)) === 'waiting', { what: 'it waits in Redis again' });
  await waitFor(isNoted, { what: 'the repair is over' });
});

test('a restore ends where another dispatcher has taken the lease, and is not noted as done', async () => {
  await queuedJob();
  await queuedJob();
  await flush();
  let pages = 0;
  let taken = 0;
  startReconciler(false, {
    jobs: {
      async unfinishedPage(cursor) {
        pages++;
        if (pages === 1) {
          await releaseLease();
          await ledger.leases.acquire('reconciler', 'another', 60_000);
        }
        return ledger.jobs.unfinishedPage(cursor, 1);
      },
    },
    leases: {
      async acquire(...wanted) {
        const answer = await ledger.leases.acquire(...wanted);
        if (answer.outcome === 'taken') taken++;
        return answer;
      },
    },
  });
  await waitFor(() => taken > 1, { what: 'the restore has ended, and another round was not begun' });
  expect(pages).toBe(1);
  expect(await isNoted()).toBe(false);
  await releaseLease();
  await waitFor(isNoted, { what: 'it is repaired when the other has gone' });
});

test("the audit's lag rises until a pass is whole, and is known where the lease is", async () => {
  await ledger.leases.acquire('reconciler', 'another', 60_000);
  startReconciler(true);
  expect(reconciler.auditLagSeconds()).toBeUndefined();
  await releaseLease();
  let last = 0;
  const hasFallen = () => {
    const lag = reconciler.auditLagSeconds() ?? 0;
    const fell = lag < last;
    last = lag;
    return fell;
  };
  await waitFor(hasFallen, { what: 'a pass is whole' });
  await waitFor(hasFallen, { what: 'the next one is, too' });
});

async function releaseLease(): Promise<void> {
  const epoch = (await ledger.leases.get('reconciler'))?.epoch ?? 0;
  await ledger.leases.release({ name: 'reconciler', epoch });
}
