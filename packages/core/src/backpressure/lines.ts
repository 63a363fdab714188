import { ONE_IN_BP } from '../decision/rate.ts';
import type { BackpressurePolicy } from './policy.ts';
import type { BackpressureReason } from './reasons.ts';
import type { BackpressureSignals, ClusterPressure, WorkspacePressure } from './signals.ts';

/** 0 none, 1 soft, 2 hard: the position in LEVELS. */
export type Severity = 0 | 1 | 2;

/** What the lines say at one tick. */
export interface CrossedLines {
  /** The level that is crossed now, and by what. */
  readonly reached: Severity;
  readonly reason: BackpressureReason;
  /** The level that cannot be left yet, because something is not under 90 % of its line; and what. */
  readonly kept: Severity;
  readonly keptBy: BackpressureReason;
  /** Something could not be measured: nothing may be cleared on the rest. */
  readonly unknown: boolean;
}

/** A value with its lines as whole numbers: reached at or over `At`, kept at or over `Keep`. Infinity = no such level. */
interface Measure {
  readonly value: number | null;
  readonly softAt: number;
  readonly softKeep: number;
  readonly hardAt: number;
  readonly hardKeep: number;
  readonly reason: BackpressureReason;
}

/** Judges every line of a scope. Of two equally bad, the first in order names the reason. */
export function crossedLines(policy: BackpressurePolicy, signals: BackpressureSignals): CrossedLines {
  return signals.scope === 'workspace'
    ? combine(backlogMeasure(policy, signals), oldestMeasure(policy, signals))
    : combine(redisMeasure(policy, signals), contentionMeasure(signals));
}

// "Over the line" in whole numbers is at or over the next one. Only the backlog's hard line is "at".

function backlogMeasure(policy: BackpressurePolicy, { backlog, maxBacklog }: WorkspacePressure): Measure {
  if (maxBacklog === null) return { ...NO_LINES, value: 0, reason: 'backlog_limit' };
  return {
    value: backlog,
    softAt: Math.min(maxBacklog, shareOf(maxBacklog, policy.softBacklogBp) + 1),
    softKeep: keepLine(maxBacklog, shareOf(policy.softBacklogBp, policy.clearBp)),
    hardAt: maxBacklog,
    hardKeep: keepLine(maxBacklog, policy.clearBp),
    reason: 'backlog_limit',
  };
}

function oldestMeasure(policy: BackpressurePolicy, { oldestRunnableMs }: WorkspacePressure): Measure {
  return {
    ...NO_LINES,
    value: oldestRunnableMs,
    softAt: policy.softOldestMs + 1,
    softKeep: keepLine(policy.softOldestMs, policy.clearBp),
    reason: 'queue_age_over_target',
  };
}

function redisMeasure(policy: BackpressurePolicy, { redisMemoryBp }: ClusterPressure): Measure {
  return {
    value: redisMemoryBp,
    softAt: policy.softRedisBp + 1,
    softKeep: keepLine(policy.softRedisBp, policy.clearBp),
    hardAt: policy.hardRedisBp + 1,
    hardKeep: keepLine(policy.hardRedisBp, policy.clearBp),
    reason: 'redis_pressure',
  };
}

/** Contention has a hysteresis of its own; here it is there or not. */
function contentionMeasure({ contention }: ClusterPressure): Measure {
  const value = contention === 'unknown' ? null : contention === 'breach' ? 1 : 0;
  return { ...NO_LINES, value, hardAt: 1, hardKeep: 1, reason: 'contention_guardrail' };
}

const NONE = Number.POSITIVE_INFINITY;
const NO_LINES = Object.freeze({ softAt: NONE, softKeep: NONE, hardAt: NONE, hardKeep: NONE });

/** `shareBp` of a whole, rounded down. */
function shareOf(whole: number, shareBp: number): number {
  return Math.floor((whole * shareBp) / ONE_IN_BP);
}

/** The least value that is not under `shareBp` of a line. */
function keepLine(line: number, shareBp: number): number {
  return Math.ceil((line * shareBp) / ONE_IN_BP);
}

function combine(a: Measure, b: Measure): CrossedLines {
  const [reachedA, reachedB] = [severity(a.value, a.softAt, a.hardAt), severity(b.value, b.softAt, b.hardAt)];
  const [keptA, keptB] = [
    severity(a.value, a.softKeep, a.hardKeep),
    severity(b.value, b.softKeep, b.hardKeep),
  ];
  return {
    reached: Math.max(reachedA, reachedB) as Severity,
    reason: reachedA >= reachedB ? a.reason : b.reason,
    kept: Math.max(keptA, keptB) as Severity,
    keptBy: keptA >= keptB ? a.reason : b.reason,
    unknown: a.value === null || b.value === null,
  };
}

function severity(value: number | null, soft: number, hard: number): Severity {
  if (value === null) return 0;
  return value >= hard ? 2 : value >= soft ? 1 : 0;
}
