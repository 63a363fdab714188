import { type Random, seeded } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import type { JobState } from '../src/generated/client.ts';
import { Prisma } from '../src/generated/client.ts';
import { createJobs, type Jobs } from '../src/jobs/jobs.ts';
import { death, someJob, success } from './some-jobs.ts';
import { useDatabase } from './use-database.ts';

/**
 * Random sequences of all that may happen to jobs, against a model of a few lines: which state each job is in, how many
 * attempts have failed, and who recorded its outcome.
 */

const rig = useDatabase();

interface Known {
  state: JobState;
  attempts: number;
  result: unknown;
}

const UNFINISHED: readonly JobState[] = ['accepted', 'queued'];

class Model {
  readonly jobs = new Map<string, Known>();
  readonly keys = new Map<string, string>();
  /** In another life, and not with the relay since. */
  readonly revived = new Set<string>();

  in(...states: JobState[]): Set<string> {
    return new Set([...this.jobs].filter(([, job]) => states.includes(job.state)).map(([id]) => id));
  }

  change(ids: Iterable<string>, change: Partial<Known>): void {
    for (const id of ids) Object.assign(this.jobs.get(id) ?? {}, change);
  }

  revive(ids: readonly string[]): void {
    this.change(ids, { state: 'accepted', attempts: 0, result: null });
    for (const id of ids) this.revived.add(id);
  }
}

type Step = (jobs: Jobs, model: Model, pick: () => string[], random: Random) => Promise<void>;

const both = (ids: readonly string[], of: Set<string>) => new Set(ids.filter((id) => of.has(id)));

const STEPS: Record<string, Step> = {
  async accept(jobs, model, _pick, random) {
    const key = `key-${random.integer(0, 20)}`;
    const job = someJob(random.integer(0, 2) === 0 ? {} : { idempotencyKey: key });
    const [answer] = await jobs.accept([job]);
    const first = job.idempotencyKey === undefined ? undefined : model.keys.get(key);
    if (first !== undefined) {
      expect(answer).toEqual({ outcome: 'duplicate', id: first, state: model.jobs.get(first)?.state });
      return;
    }
    expect(answer).toEqual({ outcome: 'accepted', id: job.id, dueLater: false });
    model.jobs.set(job.id, { state: 'accepted', attempts: 0, result: null });
    if (job.idempotencyKey !== undefined) model.keys.set(key, job.id);
  },
  async markQueued(jobs, model, pick) {
    const ids = pick();
    const marked = both(ids, new Set([...model.in('accepted')].filter((id) => !model.revived.has(id))));
    expect(await jobs.markQueued(ids)).toEqual(marked);
    model.change(marked, { state: 'queued' });
  },
  async succeed(jobs, model, pick, random) {
    const ids = pick();
    const result = random.integer(0, 1_000_000);
    const recorded = both(ids, model.in(...UNFINISHED));
    expect(await jobs.finish(ids.map((id) => success(id, { resultJson: String(result) })))).toEqual(recorded);
    model.change(recorded, { state: 'succeeded', result, attempts: 1 });
  },
  async die(jobs, model, pick) {
    const ids = pick();
    const recorded = both(ids, model.in(...UNFINISHED));
    expect(await jobs.finish(ids.map(death))).toEqual(recorded);
    model.change(recorded, { state: 'dead', result: null, attempts: 1 });
  },
  async attemptFailed(jobs, model, pick, random) {
    const ids = pick();
    const attempts = random.integer(1, 5);
    await jobs.attemptFailed(ids.map((id) => ({ id, attempts, error: 'x', runAtMs: 1 })));
    const noted = [...both(ids, model.in(...UNFINISHED))];
    model.change(
      noted.filter((id) => (model.jobs.get(id)?.attempts ?? 0) <= attempts),
      { attempts },
    );
  },
  async cancel(jobs, model, pick) {
    const [id = ''] = pick();
    const { outcome } = await jobs.cancel('acme', id);
    expect(outcome).toBe(model.in(...UNFINISHED).has(id) ? 'cancelled' : 'finished');
    if (outcome === 'cancelled') model.change([id], { state: 'cancelled' });
  },
  async retry(jobs, model, pick) {
    const [id = ''] = pick();
    const { outcome } = await jobs.retry('acme', id);
    expect(outcome).toBe(model.in('dead').has(id) ? 'retried' : 'not_dead');
    if (outcome === 'retried') model.revive([id]);
  },
  async redrive(jobs, model, _pick, random) {
    const limit = random.integer(1, 3);
    const dead = [...model.in('dead')].sort().slice(0, limit);
    expect((await jobs.redrive('acme', { limit })).map((job) => job.id)).toEqual(dead);
    model.revive(dead);
  },
  async relay(jobs, model) {
    const taken = (await jobs.takeForRelay({ limit: 3, takeMs: 0 })).map((job) => job.id);
    expect(taken.filter((id) => !model.in('accepted').has(id))).toEqual([]);
    expect(taken).toHaveLength(Math.min(3, model.in('accepted').size));
    for (const id of taken) model.revived.delete(id);
  },
  async verdicts(jobs, model, pick) {
    const ids = pick();
    for (const [id, verdict] of await jobs.verdicts(ids)) {
      const { state } = model.jobs.get(id) as Known;
      const expected = UNFINISHED.includes(state) ? 'run' : state === 'cancelled' ? 'cancelled' : 'finished';
      expect(verdict).toBe(expected);
    }
  },
  async restore(jobs, model) {
    const { jobs: page } = await jobs.unfinishedPage(undefined, 1_000);
    expect(new Set(page.map((job) => job.id))).toEqual(model.in('queued'));
  },
};

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS_PER_SEED = 150;

test.each(SEEDS)(
  'whatever happens in whatever order, every job is where the model has it (seed %p)',
  async (seed) => {
    await rig.database.query(Prisma.sql`TRUNCATE "Job"`);
    const random = seeded(seed);
    const jobs = createJobs(rig.database, { relayGraceMs: 0 });
    const model = new Model();
    const names = Object.keys(STEPS);
    const done: string[] = [];
    for (let index = 0; index < STEPS_PER_SEED; index++) {
      const name = model.jobs.size < 5 ? 'accept' : random.pick(names);
      const ids = [...model.jobs.keys()];
      const pick = () => Array.from({ length: random.integer(1, 4) }, () => random.pick(ids));
      done.push(name);
      await STEPS[name]?.(jobs, model, pick, random);
      const rows = await rig.database.query<Known & { id: string }>(
        Prisma.sql`SELECT "id", "state", "attempts", "result" FROM "Job"`,
      );
      const now = Object.fromEntries(rows.map(({ id, ...job }) => [id, job]));
      expect({ seed, done, jobs: now }).toEqual({ seed, done, jobs: Object.fromEntries(model.jobs) });
    }
  },
);
