/**
 * The counts: reports are read as they come, and each is added where its time says. How far was read is saved with
 * what was read, in one statement; so a new leader goes on with the very next report, and none counts twice or never.
 *
 * Reports may be trimmed before anybody read them, or go down with a Redis. What covers such a time is not known
 * (`gaps`); nothing is made up for it.
 */
import type { RolloutState, Span, WorkspaceCounts } from '@fairlead/core';
import type { Counts } from '@fairlead/ledger';
import type { Report, Scheduler } from '@fairlead/scheduler';
import { createEvidenceBook, type EvidenceBook } from './evidence.ts';
import { type Gaps, isWhole, withGap } from './gaps.ts';
import { createRecent } from './recent.ts';
import { type Head, headOf } from './saved.ts';
import { addToSides, beginSides, dispatchesIn, type Sides } from './sides.ts';
import { createVitals, type Vitals } from './vitals.ts';
import { createWindows, type Windows } from './windows.ts';

export interface Counting {
  readonly windows: Windows;
  readonly vitals: Vitals;
  readonly evidence: EvidenceBook;
  /** Reads all that is there. Answers how many reports, and whether some were lost. */
  read(): Promise<{ readonly reports: number; readonly lost: boolean }>;
  /** Whether everything of this time was counted. */
  isWhole(span: Span): boolean;
  /** Jobs that ended in the cluster since then; null when something of that time was lost. */
  endedSince(sinceMs: number): { readonly finished: number; readonly dead: number } | null;
  /** Workspaces in which a job finished since then. */
  finishedSince(sinceMs: number): ReadonlySet<string>;
  sidesOf(rollout: string): Sides | undefined;
  /** Counts the sides of rollouts whose stage is held anew, and no longer those of others. */
  followRollouts(
    states: ReadonlyMap<string, Pick<RolloutState, 'holdStartMs' | 'shareBp'>>,
    duplicateDispatches: ReadonlyMap<string, number>,
  ): void;
  toSave(
    rest: Pick<Head, 'tickedAtMs' | 'drilledAtMs' | 'exercise' | 'contention'>,
  ): Counts & { readonly head: Head };
}

type ReportSource = Pick<Scheduler, 'readReports'>;

/** Some hundred replicas' reports of one second in one answer. */
const PAGE = 500;
/** Longer than any window that may still be judged. */
const KEEP_GAPS_MS = 24 * 3_600_000;

/** @param saved what the last leader saved; from here on it is counted on */
export function createCounting(source: ReportSource, saved: Counts): Counting {
  const head = headOf(saved.head);
  const windows = createWindows(saved.windows);
  const vitals = createVitals();
  const evidence = createEvidenceBook();
  const recent = createRecent(head.recent);
  // Not saved: a new leader sees fewer active workspaces for some minutes. That raises nothing, and lowers nothing either,
  // for demand must have been low for longer than that.
  const lastFinish = new Map<string, number>();
  let { cursor } = saved;
  let { readToMs } = head;
  let gaps: Gaps = head.gaps;
  let sides = new Map(head.sides.map((each) => [each.rollout, each]));
  let lossFromMs: number | undefined;

  function add(atMs: number, report: Report): void {
    if (lossFromMs !== undefined) {
      gaps = withGap(gaps, { startMs: lossFromMs, endMs: atMs }, atMs - KEEP_GAPS_MS);
      lossFromMs = undefined;
    }
    readToMs = Math.max(readToMs, atMs);
    vitals.add(atMs, report);
    evidence.add(atMs, report.evidence);
    for (const [workspace, counts] of report.counts) {
      windows.add(workspace, atMs, counts);
      recent.add(atMs, counts);
      if (counts.finished > 0) lastFinish.set(workspace, atMs);
      addToEachSide(workspace, atMs, counts);
    }
  }

  function addToEachSide(workspace: string, atMs: number, counts: WorkspaceCounts): void {
    for (const [rollout, each] of sides) sides.set(rollout, addToSides(each, workspace, atMs, counts));
  }

  return {
    windows,
    vitals,
    evidence,

    async read() {
      let [reports, lost] = [0, false];
      for (;;) {
        const page = await source.readReports(cursor, PAGE);
        if (page.lost) {
          lost = true;
          lossFromMs ??= readToMs;
        }
        for (const { atMs, report } of page.reports) add(atMs, report);
        cursor = page.cursor;
        reports += page.reports.length;
        if (page.reports.length < PAGE) return { reports, lost };
      }
    },

    isWhole: (span) => isWhole(gaps, span) && (lossFromMs === undefined || lossFromMs >= span.endMs),

    endedSince(sinceMs) {
      const sum = recent.sumSince(sinceMs);
      const isKnown = lossFromMs === undefined && gaps.every(({ endMs }) => endMs < sinceMs);
      return isKnown ? sum : null;
    },

    finishedSince(sinceMs) {
      for (const [workspace, atMs] of lastFinish) if (atMs < sinceMs) lastFinish.delete(workspace);
      return new Set(lastFinish.keys());
    },

    sidesOf: (rollout) => sides.get(rollout),

    followRollouts(states, duplicateDispatches) {
      const next = new Map<string, Sides>();
      for (const [rollout, { holdStartMs: sinceMs, shareBp }] of states) {
        if (sinceMs === null) continue;
        const kept = sides.get(rollout);
        const isSame = kept?.sinceMs === sinceMs && kept.shareBp === shareBp;
        const dispatchesBefore = dispatchesIn({ rollout, shareBp }, duplicateDispatches);
        next.set(rollout, isSame ? kept : beginSides({ rollout, shareBp, sinceMs, dispatchesBefore }));
      }
      sides = next;
    },

    toSave: (rest) => ({
      cursor,
      head: {
        ...rest,
        version: 1,
        readToMs,
        gaps,
        recent: recent.slices(),
        sides: [...sides.values()],
      },
      windows: saved.windows,
    }),
  };
}
