import type { Reading } from '../decision/reading.ts';
import type { Span } from '../window/window.ts';

/**
 * What contention was over the last while, so that a window can be asked "at any time in it?". Runs of equal readings,
 * oldest first: a calm day is one run. The gatherer keeps it beside its windows (it is the same for all workspaces),
 * and gives each window's reading as a signal.
 */
export type ContentionHistory = readonly ContentionRun[];

export interface ContentionRun {
  readonly reading: Reading;
  /** First and last sample of the run, ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Adds one reading. A time between two samples longer than `maxGapMs` is a time nobody looked: it becomes a run of
 * `unknown`. Runs that ended before `now − keepMs` are forgotten. A reading not newer than the last is ignored.
 */
export function rememberContention(
  history: ContentionHistory,
  reading: Reading,
  nowMs: number,
  options: { readonly maxGapMs: number; readonly keepMs: number },
): ContentionHistory {
  const last = history.at(-1);
  if (last && nowMs <= last.toMs) return history;
  const kept = history.filter((run) => run.toMs >= nowMs - options.keepMs);
  const here: ContentionRun = { reading, fromMs: nowMs, toMs: nowMs };
  if (!last) return [here];
  if (nowMs - last.toMs > options.maxGapMs) {
    return [...kept, { reading: 'unknown', fromMs: last.toMs + 1, toMs: nowMs - 1 }, here];
  }
  if (last.reading !== reading) return [...kept, here];
  return [...kept.slice(0, -1), { ...last, toMs: nowMs }];
}

/**
 * The worst reading in a window: a breach at any time is a breach. `unknown` when nobody looked before it began or
 * since it ended (give or take `maxGapMs`), or could not see at any time in it.
 */
export function contentionIn(history: ContentionHistory, span: Span, maxGapMs: number): Reading {
  const first = history[0];
  const last = history.at(-1);
  let seen: Reading =
    first && last && first.fromMs <= span.startMs + maxGapMs && last.toMs >= span.endMs - maxGapMs
      ? 'ok'
      : 'unknown';
  for (const run of history) {
    if (run.toMs < span.startMs || run.fromMs >= span.endMs) continue;
    if (run.reading === 'breach') return 'breach';
    if (run.reading === 'unknown') seen = 'unknown';
  }
  return seen;
}
