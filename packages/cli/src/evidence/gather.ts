/** Asks dispatcher and controller for everything that the packet says. */
import type { ControllerSchemas, Schemas } from '@fairlead/client';
import { ENGINE_VERSION, type Verification } from '@fairlead/core';
import type { Context } from '../context.ts';
import { openProgress } from '../output/progress.ts';
import { readConfiguration } from './configuration.ts';
import { fairnessOf, outcomesOf, readJobs } from './jobs.ts';
import type { DecisionsTaken, DispatchOutcomes, Packet } from './packet.ts';
import { type PageQuery, pagesOf } from './pages.ts';
import { judge } from './verdict.ts';

type Decision = ControllerSchemas['Decision'];
type Window = Schemas['DispatchWindow'];

interface Span {
  readonly since: string;
  readonly until: string;
}

export async function gatherPacket(context: Context, sinceMs: number, untilMs: number): Promise<Packet> {
  const [since, until] = [new Date(sinceMs).toISOString(), new Date(untilMs).toISOString()];
  const progress = openProgress(context.err);
  try {
    const [configuration, jobs, windows, decisions, { leader }] = await Promise.all([
      readConfiguration(context, sinceMs, untilMs),
      readJobs(context, sinceMs, untilMs, progress.say),
      readWindows(context, { since, until }),
      readDecisions(context, { since, until }),
      context.askController((api) => api.getCapacity()),
    ]);
    const verified = await verify(context, decisions, progress.say);
    const measured = {
      notes: notesOf(decisions),
      run: { since, until, engine: ENGINE_VERSION },
      configuration,
      jobs: outcomesOf(jobs),
      fairness: fairnessOf(jobs, untilMs),
      dispatch: { windows: windowsBySource(windows) },
      decisions: { byReason: byReason(decisions), verified, isLed: leader !== null },
    };
    return { ...judge(measured), ...measured };
  } finally {
    progress.clear();
  }
}

async function readWindows(context: Context, run: Span): Promise<Window[]> {
  const windows: Window[] = [];
  const ask = (query: PageQuery) => context.ask((api) => api.listDispatchWindows({ ...run, ...query }));
  for await (const page of pagesOf(ask)) windows.push(...page.windows);
  return windows;
}

async function readDecisions(context: Context, run: Span): Promise<Decision[]> {
  const decisions: Decision[] = [];
  // A page's cursor is a number in the next request.
  const ask = (query: PageQuery) =>
    context.askController((api) => api.listDecisions({ ...run, ...(query as object) }));
  for await (const page of pagesOf(ask)) decisions.push(...page.decisions);
  return decisions;
}

/** Takes again whatever was decided about those that something was decided about in the run. */
async function verify(
  context: Context,
  decisions: readonly Decision[],
  tell: (words: string) => void,
): Promise<DecisionsTaken['verified']> {
  const subjects = new Map(
    decisions.map(({ kind, subject }) => [`${kind} ${subject.type} ${subject.id}`, { kind, subject }]),
  );
  let recomputed = 0;
  const differences: Verification['differences'][number][] = [];
  for (const body of subjects.values()) {
    const found = await context.askController((api) => api.verifyDecisions({ body }));
    recomputed += found.recomputed;
    differences.push(...(found as unknown as Verification).differences);
    tell(`decisions taken again: ${recomputed.toLocaleString('en')}`);
  }
  return { recomputed, differences };
}

function byReason(decisions: readonly Decision[]): DecisionsTaken['byReason'] {
  return [...Map.groupBy(decisions, ({ kind, reasonCode }) => `${kind} ${reasonCode}`).values()]
    .map((all) => {
      const [first] = all as [Decision];
      return {
        kind: first.kind,
        reasonCode: first.reasonCode,
        recorded: all.length,
        ticks: all.reduce((sum, { stoodTicks }) => sum + stoodTicks, 0),
        synthetic: all.filter(({ synthetic }) => synthetic).length,
      };
    })
    .sort((a, b) => (a.kind === b.kind ? b.recorded - a.recorded : a.kind < b.kind ? -1 : 1));
}

function windowsBySource(windows: readonly Window[]): DispatchOutcomes['windows'] {
  return [...Map.groupBy(windows, ({ source }) => source)]
    .map(([source, all]) => {
      const count = (status: Window['status']) => all.filter((window) => window.status === status).length;
      return {
        source,
        enqueued: count('ENQUEUED'),
        inline: count('INLINE_EMERGENCY'),
        failed: count('ENQUEUE_FAILED'),
        open: count('DISPATCHING'),
      };
    })
    .sort((a, b) => (a.source < b.source ? -1 : 1));
}

function notesOf(decisions: readonly Decision[]): string[] {
  const exercises = decisions.filter(({ synthetic }) => synthetic).length;
  const orders = new Set(decisions.flatMap(({ operatorOverride }) => operatorOverride?.actor ?? []));
  return [
    ...(exercises > 0 ? [`${exercises} decisions were an exercise, and do not count against the run.`] : []),
    ...(orders.size > 0 ? [`Operators overruled the controller: ${[...orders].sort().join(', ')}.`] : []),
  ];
}
