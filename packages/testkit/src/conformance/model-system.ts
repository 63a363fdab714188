/**
 * The model of the scheduler as a system of the suite: replicas that ask it for jobs, by a virtual clock. Nothing takes
 * time but the jobs, so what a scenario finds here is what the decisions themselves do.
 *
 * The model copies its state at every step. To keep that cheap, most of a long backlog stays outside and is handed in
 * while the workspace's queue has still more than one claim could take: the model cannot tell.
 */
import {
  claim,
  configure,
  DEFAULT_WORKSPACE_CONFIG,
  emptyShard,
  enqueue,
  enqueueDelayed,
  finish,
  learnMeanRun,
  markReady,
  queueOf,
  recover,
  runnableJobs,
} from '@fairlead/core';
import type { Contest, FairSystem, PlannedJob, Setup } from './fair-system.ts';
import { PATIENCE_MS } from './fair-system.ts';
import { createRecorder } from './recorder.ts';
import { QUANTUM } from './scenarios/scenario.ts';

/** A claim takes no more. */
const MAX_CLAIM = 64;
/** Until the jobs of a replica that died are found: a lock, and the interval of the look. */
const RECOVER_MS = 1_500;

interface Running {
  readonly job: number;
  readonly workspace: string;
  readonly replica: number;
  readonly endMs: number;
  readonly charged: { readonly cost: number; readonly atMs: number } | undefined;
}

/** The decisions of the scheduler, alone. */
export const modelSystem: FairSystem = {
  name: 'model',
  standing: 'ours',
  lacks: new Set(),
  keeps: 'to_the_quantum',
  open: async (setup) => openContest(setup),
};

function openContest({ slots, replicas: count = 1 }: Setup): Contest {
  const recorder = createRecorder();
  let state = { ...emptyShard(), generation: true };
  let nowMs = 0;
  let requests = 0;
  const replicas = Array.from({ length: count }, (_, replica) => ({ replica, alive: true }));
  let started = false;
  let running: Running[] = [];
  const outside = new Map<string, number[]>();
  const recoveries: {
    readonly atMs: number;
    readonly workspace: string;
    readonly jobs: readonly string[];
  }[] = [];
  /** When the last claim said to ask again. */
  let askAtMs = Number.POSITIVE_INFINITY;
  let mayHaveWork = true;

  function hand(job: number): void {
    const { workspace, priority = 0, delayMs = 0 } = recorder.planned(job);
    const one = { id: String(job), priority };
    if (delayMs > 0) enqueueDelayed(state, workspace, one, nowMs + delayMs);
    else enqueue(state, workspace, one);
  }

  function handIn(): void {
    for (const [workspace, jobs] of outside) {
      const queue = queueOf(state, workspace);
      const missing = 2 * MAX_CLAIM - queue.wait.length;
      if (missing < MAX_CLAIM) continue;
      for (const job of jobs.splice(0, missing)) hand(job);
      if (jobs.length === 0) outside.delete(workspace);
    }
  }

  function endRuns(): void {
    const ended = running.filter(({ endMs }) => endMs <= nowMs);
    if (ended.length === 0) return;
    running = running.filter(({ endMs }) => endMs > nowMs);
    requests++;
    const endedJobs = ended.map(({ job, workspace, charged }) => ({ workspace, id: String(job), charged }));
    state = finish(state, endedJobs, nowMs);
    const plain = ended.filter(({ charged }) => charged === undefined);
    if (plain.length > 0) {
      const totalMs = plain.reduce((sum, { job }) => sum + recorder.planned(job).runMs, 0);
      state.meanRunMs = learnMeanRun(state.meanRunMs, plain.length, totalMs);
    }
    for (const { job, workspace } of ended) {
      const attempts = (attemptsOf.get(job) ?? 0) + 1;
      attemptsOf.set(job, attempts);
      recorder.ended(job, nowMs);
      const { failures = 0, retryMs = 0, priority = 0 } = recorder.planned(job);
      if (attempts > failures) continue;
      enqueueDelayed(state, workspace, { id: String(job), priority }, nowMs + retryMs);
      state = markReady(state, workspace, 'freed', [], nowMs);
    }
    mayHaveWork = true;
  }
  const attemptsOf = new Map<number, number>();

  function recoverDead(): void {
    for (const { atMs, workspace, jobs } of recoveries.splice(0)) {
      if (atMs > nowMs) {
        recoveries.push({ atMs, workspace, jobs });
        continue;
      }
      state = recover(state, workspace, jobs);
      mayHaveWork = true;
    }
  }

  function freeSlotsOf(replica: number): number {
    return slots - running.filter((run) => run.replica === replica).length;
  }

  /** Each replica asks until it is full or there is nothing. */
  function claimAll(): void {
    if (!mayHaveWork && askAtMs > nowMs) return;
    mayHaveWork = false;
    for (const { replica, alive } of replicas) {
      if (!alive) continue;
      for (let free = freeSlotsOf(replica); free > 0; free = freeSlotsOf(replica)) {
        handIn();
        requests++;
        const wanted = Math.min(free, MAX_CLAIM);
        const claimed = claim(state, { wanted, quantum: QUANTUM, partitionCap: wanted }, nowMs * 1_000);
        state = claimed.state;
        const { answer } = claimed;
        if (answer.outcome !== 'claimed') throw new Error(`the model answered ${answer.outcome}`);
        for (const { workspace, id } of answer.grants) {
          const job = Number(id);
          const cost = answer.costs.get(workspace);
          const charged = cost === undefined ? undefined : { cost, atMs: nowMs };
          recorder.started(job, replica, nowMs);
          running.push({ job, workspace, replica, endMs: nowMs + recorder.planned(job).runMs, charged });
        }
        askAtMs = answer.nextMs === undefined ? Number.POSITIVE_INFINITY : Math.max(answer.nextMs, nowMs + 1);
        if (answer.grants.length === 0 && answer.ready === 0) return;
      }
    }
  }

  /** One moment: what ends, what is found, what is started. */
  function settle(): void {
    if (!started) return;
    endRuns();
    recoverDead();
    claimAll();
  }

  function nextMs(): number {
    const times = [...running.map(({ endMs }) => endMs), ...recoveries.map(({ atMs }) => atMs)];
    const free = replicas.some(({ replica, alive }) => alive && freeSlotsOf(replica) > 0);
    if (free) times.push(askAtMs);
    return times.reduce((least, atMs) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
  }

  /** Whole milliseconds: a job that takes no time ends in the next one. */
  function step(untilMs: number): void {
    nowMs = Math.min(untilMs, Math.max(nowMs + 1, Math.ceil(nextMs())));
    settle();
  }

  function pass(untilMs: number): void {
    settle();
    while (nowMs < untilMs) step(untilMs);
  }

  return {
    async configure(settings) {
      for (const [workspace, changes] of settings) {
        const before = state.config.get(workspace) ?? DEFAULT_WORKSPACE_CONFIG;
        state = configure(state, workspace, { ...before, ...changes });
      }
      mayHaveWork = true;
    },
    async add(jobs: readonly PlannedJob[]) {
      const first = recorder.added(jobs, nowMs);
      for (const [i, { workspace, priority = 0, delayMs = 0 }] of jobs.entries()) {
        const waitingOutside = outside.get(workspace);
        const plain = priority === 0 && delayMs === 0;
        if (plain && (waitingOutside || runnableJobs(state, workspace) >= 2 * MAX_CLAIM)) {
          if (waitingOutside) waitingOutside.push(first + i);
          else outside.set(workspace, [first + i]);
        } else {
          hand(first + i);
        }
      }
      for (const workspace of new Set(jobs.map((job) => job.workspace)))
        state = markReady(state, workspace, 'added');
      mayHaveWork = true;
    },
    async start() {
      recorder.begun(nowMs);
      started = true;
      settle();
    },
    untilMs: async (ms) => pass(ms),
    async until(reached) {
      settle();
      const giveUpMs = nowMs + PATIENCE_MS;
      while (!reached(recorder.progress)) {
        if (nowMs >= giveUpMs) throw new Error(`nothing comes of it in ${PATIENCE_MS} ms of virtual time`);
        step(giveUpMs);
      }
    },
    async kill() {
      const [first] = replicas;
      if (first === undefined) return;
      first.alive = false;
      const lost = running.filter(({ replica }) => replica === first.replica);
      running = running.filter(({ replica }) => replica !== first.replica);
      recorder.killed(first.replica, nowMs);
      for (const [workspace, runs] of Map.groupBy(lost, (run) => run.workspace)) {
        recoveries.push({ atMs: nowMs + RECOVER_MS, workspace, jobs: runs.map(({ job }) => String(job)) });
      }
    },
    async requestsDuring(ms) {
      const before = requests;
      pass(nowMs + ms);
      return requests - before;
    },
    seen: () => recorder.seen(nowMs),
    close: async () => {},
  };
}
