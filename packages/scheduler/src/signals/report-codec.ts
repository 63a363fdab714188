/**
 * A report as text. 50,000 workspaces are to be read in one tick, so a row holds only what is not 0:
 *
 *     [1, reporter, id, kind, slots, draining, vitals | 0, evidence, [row, row, …]]
 *     row = [workspace, which of FIELDS and histograms follow (a bit each), …numbers, pairs of wait, …wait, …run]
 *
 * JSON, since nothing that is written in JavaScript is parsed as fast.
 */
import { type Histogram, isWorkspaceSlug, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import type { Evidence, ReplicaVitals, Report } from './report.ts';

/** Raise it when the form changes: what another version wrote is not read, and its reader is told. */
const VERSION = 1;

/** Their order is part of the form. */
const FIELDS = [
  'enqueues',
  'enqueueFailures',
  'started',
  'finished',
  'failed',
  'dead',
  'duplicates',
  'suppressed',
  'late',
  'stalled',
  'lostLocks',
] as const satisfies readonly (keyof WorkspaceCounts)[];
const HAS_WAIT = 1 << FIELDS.length;
const HAS_RUN = HAS_WAIT << 1;

const KINDS = ['consumer', 'dispatcher'] as const;
const EVIDENCE = ['dead', 'slow', 'duplicate'] as const;

type Row = (string | number)[];

export function encodeReport(report: Report): string {
  const { reporter, id, kind, slots, draining, counts, vitals, evidence } = report;
  return JSON.stringify([
    VERSION,
    reporter,
    id,
    KINDS.indexOf(kind),
    slots,
    draining ? 1 : 0,
    vitals ? [vitals.locksLost, vitals.running, vitals.eventLoopP99Ms, ...vitals.claims] : 0,
    evidence.map(({ workspace, what, traceparent }) => [workspace, EVIDENCE.indexOf(what), traceparent]),
    Array.from(counts, ([workspace, each]) => rowOf(workspace, each)),
  ]);
}

/** Undefined for what is no report of this version. */
export function decodeReport(text: string | undefined): Report | undefined {
  try {
    const [version, ...parts] = array(JSON.parse(text ?? ''));
    if (version !== VERSION) return undefined;
    const [reporter, id, kind, slots, draining, vitals, evidence, rows] = parts;
    return {
      reporter: string(reporter),
      id: string(id),
      kind: oneOf(KINDS, kind),
      slots: whole(slots),
      draining: draining === 1,
      counts: new Map(array(rows).map((row) => countsFrom(array(row)))),
      vitals: vitals === 0 ? undefined : vitalsFrom(array(vitals)),
      evidence: array(evidence).map((each) => evidenceFrom(array(each))),
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Misfit) return undefined;
    throw error;
  }
}

function rowOf(workspace: string, counts: WorkspaceCounts): Row {
  const row: Row = [workspace, 0];
  let present = 0;
  FIELDS.forEach((field, bit) => {
    if (counts[field] === 0) return;
    present |= 1 << bit;
    row.push(counts[field]);
  });
  if (counts.wait.length > 0) {
    present |= HAS_WAIT;
    row.push(counts.wait.length / 2, ...counts.wait);
  }
  if (counts.run.length > 0) {
    present |= HAS_RUN;
    row.push(...counts.run);
  }
  row[1] = present;
  return row;
}

function countsFrom([workspace, mask, ...numbers]: readonly unknown[]): [string, WorkspaceCounts] {
  if (typeof workspace !== 'string' || !isWorkspaceSlug(workspace)) throw new Misfit();
  const present = whole(mask);
  const counts: { -readonly [field in keyof WorkspaceCounts]: WorkspaceCounts[field] } = { ...NO_COUNTS };
  let at = 0;
  FIELDS.forEach((field, bit) => {
    if (present & (1 << bit)) counts[field] = whole(numbers[at++]);
  });
  if (present & HAS_WAIT) {
    const end = at + 1 + whole(numbers[at]) * 2;
    counts.wait = histogram(numbers.slice(at + 1, end));
    at = end;
  }
  if (present & HAS_RUN) counts.run = histogram(numbers.slice(at));
  return [workspace, counts];
}

function vitalsFrom([locksLost, running, eventLoopP99Ms, ...claims]: readonly unknown[]): ReplicaVitals {
  return {
    locksLost: whole(locksLost),
    running: whole(running),
    eventLoopP99Ms: whole(eventLoopP99Ms),
    claims: histogram(claims),
  };
}

function evidenceFrom([workspace, what, traceparent]: readonly unknown[]): Evidence {
  return { workspace: string(workspace), what: oneOf(EVIDENCE, what), traceparent: string(traceparent) };
}

/**
 * What is not what it should be. Checked because decisions are taken from it: their records hold whole numbers only, and
 * one entry from elsewhere must not stop the deciding.
 */
class Misfit extends Error {}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misfit();
  return value;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new Misfit();
  return value;
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Misfit();
  return value as number;
}

function oneOf<T>(all: readonly T[], index: unknown): T {
  const found = all[whole(index)];
  if (found === undefined) throw new Misfit();
  return found;
}

/** Pairs of bucket and count, the buckets rising. */
function histogram(numbers: readonly unknown[]): Histogram {
  let before = -1;
  for (let i = 0; i < numbers.length; i += 2) {
    const bucket = whole(numbers[i]);
    if (bucket <= before || whole(numbers[i + 1]) === 0) throw new Misfit();
    before = bucket;
  }
  return numbers as Histogram;
}
