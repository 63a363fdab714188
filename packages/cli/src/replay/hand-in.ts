/**
 * Handing in the jobs of a plan at their times, in requests one after the other: what became due while one was under way
 * goes with the next. While backpressure refuses jobs they are sent again when it says so, and the rest comes later.
 *
 * Each job has an idempotency key, so that a request without an answer can be repeated. Where nobody remembers keys (the
 * ledger is off) they are left out, and such a request ends the replay.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Output, Schemas } from '@fairlead/client';
import { describeProblem } from '../ask.ts';
import { addPatiently } from '../commands/jobs/add-patiently.ts';
import { patience } from '../commands/jobs/patience.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { PlannedJob } from './plan.ts';

/** Where the replay stands; it grows while jobs are handed in. */
export interface HandedIn {
  readonly accepted: { readonly workspace: string; readonly id: string }[];
  refused: number;
  /** How often it was refused for what, in words. */
  readonly refusals: Map<string, number>;
  /** Jobs of a request that was cut off: they may have been accepted. */
  unknown: number;
  /** The latest of them came so long after its time. */
  lateMs: number;
}

export interface HandInOptions {
  readonly jobs: readonly PlannedJob[];
  readonly type: string;
  /** Makes the keys of this replay its own. */
  readonly runId: string;
  /** Called after each request, and while it waits for backpressure to end. */
  readonly tell: (words: string) => void;
}

const MAX_JOBS = 1_000;
/** Between two requests, so that single jobs are gathered. */
const GATHER_MS = 50;
/** A timer takes no more than 24 days, and a trace may have such a gap. */
const LONGEST_SLEEP_MS = 3_600_000;
const NO_ANSWER_WAIT_MS = 2_000;
const NO_ANSWER_TRIES = 30;
/** Beyond its run: the handler, and not the timeout, is to end an attempt. */
const TIMEOUT_SLACK_MS = 60_000;

type Answer = Output<'addJobs'>;

export function nothingHandedIn(): HandedIn {
  return { accepted: [], refused: 0, refusals: new Map(), unknown: 0, lateMs: 0 };
}

/** Fills `handed`. @throws Failure when the dispatcher does not answer, the key does not do, or the user has had enough */
export async function handIn(
  context: Pick<Context, 'ask' | 'signal'>,
  handed: HandedIn,
  { jobs, type, runId, tell }: HandInOptions,
): Promise<void> {
  const { signal } = context;
  const startedMs = performance.now();
  const waiting = patience(context, Number.POSITIVE_INFINITY);
  let keyed = true;
  let next = 0;
  while (next < jobs.length) {
    const first = next;
    next = await untilDue(jobs, first, startedMs, signal);
    const due = jobs.slice(first, next);
    const dueMs = (due[0] as PlannedJob).atMs;
    const items = (withKeys: boolean) =>
      due.map((job, index) => itemOf(job, type, withKeys ? `${runId}-${first + index}` : undefined));

    handed.unknown = due.length;
    let answer = await send(context, items(keyed), keyed, waiting, tell);
    if (
      keyed &&
      answer.results.some((result) => 'problem' in result && result.problem.code === 'LEDGER_OFF')
    ) {
      keyed = false;
      answer = await send(context, items(keyed), keyed, waiting, tell);
    }
    handed.unknown = 0;
    // Patience with backpressure is no excuse: a job that came late was late.
    handed.lateMs = Math.max(handed.lateMs, performance.now() - startedMs - dueMs);
    note(handed, due, answer);
    tell(
      `${handed.accepted.length} of ${jobs.length} handed in${handed.refused === 0 ? '' : `, ${handed.refused} refused`}`,
    );
  }
}

/** Resolves when there is something to send, with the end of it. */
async function untilDue(
  jobs: readonly PlannedJob[],
  first: number,
  startedMs: number,
  signal: AbortSignal,
): Promise<number> {
  const elapsedMs = () => performance.now() - startedMs;
  const atMs = (index: number) => jobs[index]?.atMs ?? Number.POSITIVE_INFINITY;
  const isFull = atMs(first + MAX_JOBS - 1) <= elapsedMs();
  if (!isFull) await sleep(GATHER_MS, undefined, { signal });
  while (atMs(first) > elapsedMs()) {
    await sleep(Math.min(LONGEST_SLEEP_MS, atMs(first) - elapsedMs()), undefined, { signal });
  }
  const now = elapsedMs();
  let end = first + 1;
  while (end - first < MAX_JOBS && atMs(end) <= now) end++;
  return end;
}

function itemOf(
  { workspace, runMs }: PlannedJob,
  type: string,
  key: string | undefined,
): Schemas['BatchItem'] {
  return {
    workspace,
    type,
    payload: { ms: runMs },
    timeoutMs: runMs + TIMEOUT_SLACK_MS,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  };
}

async function send(
  context: Pick<Context, 'ask' | 'signal'>,
  items: readonly Schemas['BatchItem'][],
  keyed: boolean,
  waiting: ReturnType<typeof patience>,
  tell: (words: string) => void,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await addPatiently(context, items, waiting, tell);
    } catch (error) {
      const passes = error instanceof Failure && error.exitCode === EXIT.unavailable;
      if (!keyed || !passes || attempt >= NO_ANSWER_TRIES || context.signal.aborted) throw error;
      tell(`no answer, trying again: ${error.message}`);
      await sleep(NO_ANSWER_WAIT_MS, undefined, { signal: context.signal });
    }
  }
}

function note(handed: HandedIn, due: readonly PlannedJob[], answer: Answer): void {
  due.forEach(({ workspace }, index) => {
    const result = answer.results[index];
    if (result !== undefined && 'id' in result) {
      handed.accepted.push({ workspace, id: result.id });
      return;
    }
    const problem = result === undefined ? answer.incomplete : result.problem;
    const why = problem === undefined ? 'The dispatcher left out results.' : describeProblem(problem);
    handed.refused++;
    handed.refusals.set(why, (handed.refusals.get(why) ?? 0) + 1);
  });
}
