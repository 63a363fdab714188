import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseTrace } from '@fairlead/core';
import type { Paint } from '../terminal/notices.ts';
import type { Screen } from '../terminal/screen.ts';
import { createDispatcherClient, type DispatcherClient, type Handed, type WorkspaceNow } from './client.ts';
import { buildPlan, type Plan } from './plan.ts';
import { clock, createProgress, grouped, type WorkspaceProgress } from './progress.ts';
import { replay } from './replay.ts';
import { complaints, type DemoResult, summarize } from './result.ts';
import { describeResult } from './summary.ts';
import { untilDrained } from './until-drained.ts';
import { verify } from './verify.ts';

export interface DemoOptions {
  /** Of the dispatcher. */
  readonly url: string;
  readonly apiKey: string;
  /** How many there are at first. */
  readonly replicas: number;
  /** What the controller has changed so far: how often, by kind and reason. */
  readonly decisions: () => ReadonlyMap<string, number>;
  /** Where to write the result, if anywhere. */
  readonly jsonFile: string | undefined;
  readonly screen: Screen;
  readonly paint: Paint;
  /** Cuts the replay short. */
  readonly signal: AbortSignal;
  /** Default: the trace of the repository at its usual size. */
  readonly plan?: Plan;
}

export type DemoOutcome = { outcome: 'passed' | 'failed'; result: DemoResult } | { outcome: 'cut' };

const LOOK_EVERY_MS = 500;
const LINE_EVERY_MS = 5_000;
/** No job of the replay works longer than some fifteen seconds. */
const PATIENCE_MS = 60_000;
const SHOWN_REASONS = 5;
/** Checked jobs between two looks of the screen: a terminal at the other end of a slow line has to take each. */
const SHOWN_AFTER_CHECKS = 100;

/** Replays the sample trace against the dispatcher and tells how it went. Rejects when the dispatcher cannot be used. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  try {
    return await run(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    options.screen.finish('keep');
    return { outcome: 'cut' };
  }
}

async function run(options: DemoOptions): Promise<DemoOutcome> {
  const { screen, paint, signal } = options;
  const plan = options.plan ?? buildPlan(parseTrace(readFileSync(traceFile(), 'utf8')));
  const client = createDispatcherClient(options, signal);
  screen.print('');
  screen.print(
    `  Replaying ${grouped(plan.jobs.length)} jobs of ${plan.workspaces.length} workspaces (about a minute)`,
  );
  await Promise.all(
    plan.workspaces.map((workspace) => client.configure(workspace.name, settingsOf(workspace))),
  );

  const startedMs = performance.now();
  const { handed, seenIdleAtMs } = await drive(plan, client, options, startedMs);
  const seconds = (performance.now() - startedMs) / 1000;

  const accepted = handed.filter((one) => one.outcome === 'accepted');
  const refused = handed.filter((one) => one.outcome === 'refused');
  const fates = await verify(accepted, client, (count) => {
    if (count % SHOWN_AFTER_CHECKS > 0 && count < accepted.length) return;
    screen.draw(['', `  checking every job  ${grouped(count)} of ${grouped(accepted.length)}`]);
  });
  screen.finish('clear');

  const result = summarize({
    workspaces: plan.workspaces,
    fates,
    seenIdleAtMs,
    replicas: options.replicas,
    decisions: options.decisions(),
    seconds,
  });
  const light = new Set(plan.workspaces.flatMap(({ name, kind }) => (kind === 'trace' ? name : [])));
  const why = complaints(result, refused.length, light);
  for (const line of describeResult(result, plan.workspaces, why, paint)) screen.print(line);
  const reasons = [...refused, ...fates.filter((job) => job.fate !== 'succeeded')].slice(0, SHOWN_REASONS);
  for (const { workspace, why: reason } of reasons) screen.print(`    ${workspace}: ${reason}`);
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify(result, null, 2)}\n`);
    screen.print(`  ${paint(2, `written to ${options.jsonFile}`)}`);
  }
  return { outcome: why.length === 0 ? 'passed' : 'failed', result };
}

/** Hands in the plan while showing how it goes, until all is finished or nothing moves any more. */
async function drive(
  plan: Plan,
  client: DispatcherClient,
  { screen, paint, signal }: DemoOptions,
  startedMs: number,
): Promise<{ handed: Handed[]; seenIdleAtMs: Map<string, number[]> }> {
  const handed: Handed[] = [];
  const seenIdleAtMs = new Map(plan.workspaces.map(({ name }) => [name, [] as number[]]));
  const names = new Set(plan.workspaces.map(({ name }) => name));
  const progress = createProgress(plan.workspaces, paint);
  let saidMs = 0;
  const show = (now: WorkspaceProgress[]) => {
    const elapsedMs = performance.now() - startedMs;
    const moment = { elapsedMs, planned: plan.jobs.length, handedIn: handed.length, now };
    progress.observe(moment);
    if (screen.live) {
      screen.draw(progress.table());
    } else if (elapsedMs - saidMs >= LINE_EVERY_MS) {
      saidMs = elapsedMs;
      screen.print(progress.line());
    }
  };

  let allHandedIn = false;
  const failed = new AbortController();
  const acceptedOf = new Map<string, number>();
  const onHanded = (one: Handed) => {
    handed.push(one);
    if (one.outcome === 'accepted') acceptedOf.set(one.workspace, (acceptedOf.get(one.workspace) ?? 0) + 1);
  };
  const handingIn = replay(plan, client, onHanded, signal).then(
    () => {
      allHandedIn = true;
    },
    (error: unknown) => {
      failed.abort();
      throw error;
    },
  );
  const watching = untilDrained({
    look: async () => {
      const atMs = Date.now();
      const now = await client.workspaces(names);
      for (const { name, waiting } of now) if (waiting === 0) seenIdleAtMs.get(name)?.push(atMs);
      return now.map((one) => ({ ...one, completed: done(one, acceptedOf.get(one.name) ?? 0) }));
    },
    onLook: show,
    allHandedIn: () => allHandedIn,
    everyMs: LOOK_EVERY_MS,
    patienceMs: PATIENCE_MS,
    signal: AbortSignal.any([signal, failed.signal]),
  });
  const [, end] = await Promise.all([handingIn, watching]);
  screen.finish('clear');
  if (end === 'stuck') {
    screen.print(
      `  ${paint(31, '✗')} no job finished for ${clock(PATIENCE_MS)}; looking at what became of each`,
    );
  }
  return { handed, seenIdleAtMs };
}

/** Finished jobs leave Redis for the ledger: what was accepted and is not there any more is done. */
function done({ waiting, active, delayed, dead }: WorkspaceNow, accepted: number): number {
  return Math.max(0, accepted - waiting - active - delayed - dead);
}

function settingsOf({ weight, rate }: Plan['workspaces'][number]) {
  return { weight, ...(rate === undefined ? {} : rate) };
}

function traceFile(): string {
  return fileURLToPath(new URL('../../data/azure-functions-2021-sample.csv', import.meta.url));
}
