import { expect, test } from '@jest/globals';
import type { ClaimedJob, Claimer } from '../src/index.ts';
import { claimUntil } from './support/claiming.ts';
import { jobs, queueKey, SHORT, useRig } from './support/rig.ts';

const rig = useRig();

/** A replica that recovers what others lose. It keeps what it has, however slow the machine. */
async function survivor(): Promise<Claimer> {
  const claimer = rig.claimer({ stallIntervalMs: SHORT.stallIntervalMs });
  await claimer.start();
  return claimer;
}

/** Claims so many jobs and dies, with one of them begun alone if `alone` names it. */
async function die(count: number, alone?: string): Promise<void> {
  const replica = rig.claimer();
  const held = await claimUntil(replica, count, { what: 'the jobs are taken' });
  for (const job of held) {
    if (job.id === alone) expect(await replica.noteAlone(job)).toBe(true);
  }
  await replica.stop();
  await runOut(held);
}

/** Their locks, all in the same moment. */
async function runOut(jobs: readonly ClaimedJob[]): Promise<void> {
  await rig.raw.del(jobs.map(({ workspace, id }) => queueKey(workspace, `${id}:lock`)));
}

const recovered = (heir: Claimer, count: number): Promise<ClaimedJob[]> =>
  claimUntil(heir, count, { what: 'the jobs are recovered' });

test('a job is to blame when a replica died while it ran alone, and no other replica has died', async () => {
  await rig.producer.add(jobs('acme', 2));
  const heir = await survivor();
  await die(2);
  for (const job of await recovered(heir, 2)) {
    expect(job).toMatchObject({ stalledCount: 1, poison: false });
    if (job.id === 'acme-1') await heir.complete(job, null);
    else await heir.postpone(job, 0);
  }
  await die(1, 'acme-2');
  const [job] = await recovered(heir, 1);
  expect(job).toMatchObject({ id: 'acme-2', stalledCount: 2, poison: true });
});

test('where replicas die without it too, it takes four deaths in which it ran alone', async () => {
  await rig.producer.add(jobs('acme', 1));
  const heir = await survivor();
  await die(1);
  const [other] = await recovered(heir, 1);
  await heir.complete(other!, null);
  await rig.producer.add(jobs('beta', 1));
  for (const poison of [false, false, false, true]) {
    await die(1, 'beta-1');
    const [job] = await recovered(heir, 1);
    expect(job).toMatchObject({ id: 'beta-1', poison });
    await heir.postpone(job!, 0);
  }
});

test('what an outage takes from several replicas at once proves nothing against the one that ran alone', async () => {
  await rig.producer.add(jobs('acme', 2));
  const [one, two] = [rig.claimer(), rig.claimer()];
  const [alone] = await claimUntil(one, 1, { what: 'one is taken' });
  expect(await one.noteAlone(alone!)).toBe(true);
  const [other] = await claimUntil(two, 1, { what: 'the other is taken' });
  await Promise.all([one.stop(), two.stop()]);
  await runOut([alone!, other!]);
  const heir = await survivor();
  for (const job of await recovered(heir, 2)) {
    expect(job).toMatchObject({ stalledCount: 1, poison: false });
  }
});

test('a job that waits when its replica dies is not to blame, though it ran alone before', async () => {
  await rig.producer.add(jobs('acme', 1));
  const heir = await survivor();
  const [job] = await recovered(heir, 1);
  expect(await heir.noteAlone(job!)).toBe(true);
  await heir.postpone(job!, 0);
  await die(1);
  expect((await recovered(heir, 1))[0]).toMatchObject({ stalledCount: 1, poison: false });
});

test('a job whose lock is lost, or that is gone, may not start', async () => {
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const [lost, gone] = await claimUntil(claimer, 2, { what: 'both are taken' });
  await rig.raw.set('{fl0}:acme:acme-1:lock', 'of another');
  await rig.raw.del('{fl0}:acme:acme-2');
  expect(await claimer.noteAlone(lost!)).toBe(false);
  expect(await claimer.noteAlone(gone!)).toBe(false);
  expect(await rig.raw.hexists('{fl0}:acme:acme-1', 'flAlone')).toBe(0);
  expect(await rig.raw.exists('{fl0}:acme:acme-2')).toBe(0);
});
