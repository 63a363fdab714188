import {
  BASE_QUOTA,
  type ClaimRequest,
  claim,
  configure,
  DEFAULT_WORKSPACE_CONFIG,
  emptyShard,
  enqueue,
  enqueueDelayed,
  finish,
  freeSlots,
  lagOf,
  limitsOf,
  type ModelJob,
  markReady,
  PARK_REASONS,
  queueOf,
  recentService,
  recordServed,
  recover,
  refill,
  runnableJobs,
  type ShardState,
  setQuota,
  startsAllowed,
  type WorkspaceConfig,
} from '@fairlead/core';
import type { Random } from '@fairlead/testkit';
import { expect } from '@jest/globals';
import type { HeldJob, LuaShard, Snapshot } from './lua-shard.ts';

const WORKSPACES = ['acme', 'beta', 'corp', 'delta', 'echo'];

/** Runs one random sequence through the model and the Lua, and compares every answer and state. */
export async function runSequence(lua: LuaShard, random: Random, steps: number): Promise<string[]> {
  const run = new Sequence(lua, random);
  await run.begin();
  for (let step = 0; step < steps; step++) {
    await run.step();
    await run.compare();
  }
  return run.kinds;
}

class Sequence {
  readonly kinds: string[] = [];
  readonly #lua: LuaShard;
  readonly #random: Random;
  readonly #request: Omit<ClaimRequest, 'wanted'>;
  #state: ShardState = emptyShard();
  #held: HeldJob[] = [];
  #nowUs = 1_700_000_000_000_000;
  #jobs = 0;
  #epoch = 0;

  constructor(lua: LuaShard, random: Random) {
    this.#lua = lua;
    this.#random = random;
    this.#request = { quantum: random.integer(1, 5), partitionCap: random.pick([2, 5, 64]) };
  }

  get #nowMs(): number {
    return Math.floor(this.#nowUs / 1_000);
  }

  async begin(): Promise<void> {
    await this.#lua.setClock(this.#nowUs);
    await this.#claim(); // refused: no generation
    await this.#lua.writeGeneration();
    this.#state.generation = true;
  }

  async step(): Promise<void> {
    const kinds: [number, string, () => Promise<void>][] = [
      [8, 'add', () => this.#add(0)],
      [3, 'add delayed', () => this.#add(this.#random.integer(1, 3_000))],
      [8, 'claim', () => this.#claim()],
      [6, 'finish', () => this.#finish()],
      [2, 'retry later', () => this.#retryLater()],
      [3, 'configure', () => this.#configure()],
      [2, 'set quota', () => this.#setQuota()],
      [1, 'pause queue', () => this.#pauseQueue()],
      [1, 'forget job data', () => this.#forgetJobData()],
      [2, 'replica dies', () => this.#replicaDies()],
      [2, 'served', () => this.#served()],
      [4, 'clock', () => this.#moveClock()],
    ];
    let choice = this.#random.integer(
      1,
      kinds.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, kind, act] of kinds) {
      choice -= weight;
      if (choice > 0) continue;
      this.kinds.push(kind);
      return act();
    }
  }

  async compare(): Promise<void> {
    expect(await this.#lua.snapshot(WORKSPACES)).toEqual(snapshotOf(this.#state));
    // It writes nothing, so now and then is enough.
    if (!this.#random.chance(0.2)) return;
    expect(await this.#lua.standings(WORKSPACES)).toMatchObject(
      WORKSPACES.map((workspace) => standingOf(this.#state, workspace, this.#nowMs)),
    );
    if (!this.#random.chance(0.3)) return;
    const loads = (await this.#lua.loads()).sort((a, b) => (a.workspace < b.workspace ? -1 : 1));
    expect(loads).toMatchObject(loadsOf(this.#state, this.#nowUs));
  }

  async #add(delayMs: number): Promise<void> {
    const workspace = this.#random.pick(WORKSPACES);
    const count = this.#random.integer(1, 4);
    for (let i = 0; i < count; i++) {
      const job: ModelJob = {
        id: `job-${++this.#jobs}`,
        priority: this.#random.chance(0.2) ? this.#random.integer(1, 3) : 0,
      };
      await this.#lua.add(workspace, job, this.#nowMs, delayMs);
      const state = structuredClone(this.#state);
      if (delayMs > 0) enqueueDelayed(state, workspace, job, this.#nowMs + delayMs);
      else enqueue(state, workspace, job);
      this.#state = markReady(state, workspace, 'added');
    }
  }

  async #claim(): Promise<void> {
    const wanted = this.#random.integer(1, 16);
    const actual = await this.#lua.claim(wanted, this.#request.quantum, this.#request.partitionCap);
    const { state, answer } = claim(this.#state, { ...this.#request, wanted }, this.#nowUs);
    this.#state = state;
    if (answer.outcome !== 'claimed' || actual.outcome !== 'claimed') {
      expect(actual.outcome).toBe(answer.outcome);
      return;
    }
    expect(actual.held.map(({ workspace, id }) => ({ workspace, id }))).toEqual(answer.grants);
    expect(actual.costs).toEqual(answer.costs);
    expect(actual.quarantined).toEqual([]);
    expect(actual.ready).toBe(answer.ready);
    expect(actual.nextMs).toBe(answer.nextMs ?? -1);
    expect(actual.parked).toEqual(PARK_REASONS.map((reason) => answer.parked[reason] ?? 0));
    this.#held.push(...actual.held);
  }

  /** Takes some of the held jobs. */
  #release(most: number): HeldJob[] {
    const chosen = this.#random.shuffle(this.#held).slice(0, this.#random.integer(1, most));
    this.#held = this.#held.filter((job) => !chosen.includes(job));
    return chosen;
  }

  async #finish(): Promise<void> {
    const jobs = this.#release(8);
    const before = this.#state;
    this.#state = finish(before, jobs, this.#nowMs);
    const freed = [...before.park.keys()].some((workspace) => !this.#state.park.has(workspace));
    expect(await this.#lua.finish(jobs)).toEqual({ codes: jobs.map(() => 0), freed });
  }

  async #retryLater(): Promise<void> {
    const delayMs = this.#random.integer(1, 2_000);
    for (const held of this.#release(1)) {
      await this.#lua.retryLater(held, this.#nowMs, delayMs);
      const state = structuredClone(this.#state);
      const queue = queueOf(state, held.workspace);
      const job = queue.active.find((active) => active.id === held.id) as ModelJob;
      queue.active = queue.active.filter((active) => active !== job);
      enqueueDelayed(state, held.workspace, job, this.#nowMs + delayMs);
      this.#state = markReady(state, held.workspace, 'freed', [held], this.#nowMs);
    }
  }

  async #configure(): Promise<void> {
    const workspace = this.#random.pick(WORKSPACES);
    const limited = this.#random.chance(0.4);
    const config: WorkspaceConfig = {
      weight: this.#random.pick([1, 2, 3, 4, 7, 0.5]),
      concurrency: this.#random.pick<number | 'quota'>([0, 'quota', 'quota', this.#random.integer(1, 4)]),
      ratePerSecond: limited ? this.#random.pick<number | 'quota'>([1, 3, 10, 0.7, 'quota']) : 0,
      burst: limited ? this.#random.pick<number | 'quota'>([1, 2, 5, 'quota']) : 0,
      paused: this.#random.chance(0.2),
      fairness: this.#random.pick(['starts', 'starts', 'runtime']),
    };
    await this.#lua.configure(workspace, config);
    this.#state = configure(this.#state, workspace, config);
  }

  /** Small ones, so that they are felt. */
  async #setQuota(): Promise<void> {
    const workspace = this.#random.pick(WORKSPACES);
    const quota = this.#random.pick([BASE_QUOTA, 1, 2, 3, 5]);
    const isLate = this.#epoch > 0 && this.#random.chance(0.2);
    if (!isLate) this.#epoch += this.#random.integer(0, 1);
    const epoch = isLate ? this.#epoch - 1 : this.#epoch;
    expect(await this.#lua.setQuota(workspace, quota, epoch)).toBe(isLate ? 'old_epoch' : 'published');
    if (isLate) return;
    this.#state = setQuota(this.#state, workspace, quota);
  }

  async #pauseQueue(): Promise<void> {
    const workspace = this.#random.pick(WORKSPACES);
    const paused = this.#random.chance(0.5);
    await this.#lua.setQueuePaused(workspace, paused);
    queueOf(this.#state, workspace).paused = paused;
  }

  async #forgetJobData(): Promise<void> {
    const workspace = this.#random.pick(WORKSPACES);
    const queue = queueOf(this.#state, workspace);
    const candidates = queue.wait.filter((job) => !queue.vanished.has(job.id));
    if (candidates.length === 0) return;
    const { id } = this.#random.pick(candidates);
    await this.#lua.forgetJobData(workspace, id);
    queue.vanished.add(id);
  }

  async #replicaDies(): Promise<void> {
    for (const job of this.#release(4)) await this.#lua.expireLock(job);
    for (const { workspace, ids } of await this.#lua.recover())
      this.#state = recover(this.#state, workspace, ids);
  }

  async #served(): Promise<void> {
    const served = this.#random.shuffle(WORKSPACES).slice(0, this.#random.integer(1, 3));
    const started = new Map(served.map((workspace) => [workspace, this.#random.integer(1, 200)]));
    const coversMs = this.#random.integer(1, 5_000);
    const count = this.#random.integer(0, 50);
    const runs = { count, totalMs: count * this.#random.integer(0, 3_000) };
    await this.#lua.served(started, runs, coversMs);
    this.#state = recordServed(this.#state, started, runs, coversMs, this.#nowMs);
  }

  async #moveClock(): Promise<void> {
    this.#nowUs += this.#random.pick([1, 900, 50_000, 400_000, 2_500_000, 9_000_000, -20_000]);
    await this.#lua.setClock(this.#nowUs);
  }
}

/** What the model knows of where a workspace stands. */
function standingOf(state: ShardState, workspace: string, nowMs: number) {
  const queue = queueOf(structuredClone(state), workspace);
  const parkedReason = state.park.get(workspace)?.reason;
  const place = state.ring.has(workspace) ? 'ready' : queue.active.length > 0 ? 'running' : 'idle';
  return {
    workspace,
    nowMs,
    waiting: runnableJobs(state, workspace),
    active: queue.active.length,
    delayed: queue.delayed.length,
    state: parkedReason === undefined ? place : 'parked',
    ...(parkedReason === undefined ? {} : { parkedReason }),
    lag: lagOf(state, workspace),
    recent: recentService(state, workspace, nowMs),
    config: state.config.get(workspace) ?? DEFAULT_WORKSPACE_CONFIG,
    bucket: state.buckets.get(workspace),
    quota: state.quotas.get(workspace) ?? BASE_QUOTA,
  };
}

/** What the model knows of the workspaces that have work, in the order of their names. */
function loadsOf(state: ShardState, nowUs: number) {
  const nowMs = Math.floor(nowUs / 1_000);
  const names = new Set([...state.ring.keys(), ...state.park.keys(), ...state.busy]);
  return [...names].sort().map((workspace) => {
    const queue = queueOf(structuredClone(state), workspace);
    const config = state.config.get(workspace) ?? DEFAULT_WORKSPACE_CONFIG;
    const limits = limitsOf(config, state.quotas.get(workspace) ?? BASE_QUOTA);
    const due = queue.delayed.filter(({ dueMs }) => Math.floor(dueMs) <= nowMs).length;
    const { concurrency, ratePerSecond: rate, burst } = limits;
    return {
      workspace,
      backlog: runnableJobs(state, workspace) + due,
      inFlight: queue.active.length,
      unusedConcurrency: concurrency === 0 ? null : freeSlots(concurrency, queue.active.length),
      availableTokens:
        rate === 0 ? null : startsAllowed(refill(state.buckets.get(workspace), rate, burst, nowUs)),
      paused: config.paused,
    };
  });
}

/** The model's state in the shape of what is read back from Redis. */
function snapshotOf(state: ShardState): Snapshot {
  const ids = (jobs: readonly { id: string }[]) => jobs.map((job) => job.id);
  const queues: Snapshot['queues'] = {};
  for (const workspace of WORKSPACES) {
    const queue = queueOf(structuredClone(state), workspace);
    queues[workspace] = {
      wait: ids(queue.wait),
      prioritized: queue.prioritized
        .toSorted((a, b) => a.job.priority - b.job.priority || a.order - b.order)
        .map((entry) => entry.job.id),
      delayed: queue.delayed.map((entry) => entry.job.id),
      active: ids(queue.active).sort(),
    };
  }
  return {
    clock: state.clock,
    ring: Object.fromEntries(state.ring),
    park: Object.fromEntries(
      [...state.park].map(([workspace, { atMs, reason }]) => [
        workspace,
        atMs * 8 + PARK_REASONS.indexOf(reason),
      ]),
    ),
    busy: [...state.busy].sort(),
    tags: Object.fromEntries(state.tags),
    quotas: Object.fromEntries(state.quotas),
    runEstimates: Object.fromEntries(state.runEstimates),
    meanRunMs: state.meanRunMs,
    buckets: Object.fromEntries([...state.buckets].map(([workspace, bucket]) => [workspace, { ...bucket }])),
    queues,
  };
}
