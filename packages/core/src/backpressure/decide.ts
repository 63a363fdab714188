import { actionOf, type Decided, type Decision, NOTHING } from '../decision/decision.ts';
import type { Guardrail } from '../decision/reading.ts';
import { type CrossedLines, crossedLines, type Severity } from './lines.ts';
import type { BackpressurePolicy } from './policy.ts';
import { type BackpressureReason, LEVELS, type Level } from './reasons.ts';
import type { BackpressureSignals, WaitingFor } from './signals.ts';
import { type BackpressureState, INITIAL_BACKPRESSURE } from './state.ts';

export interface BackpressureDetails {
  readonly level: Level;
  /** Accepted jobs that are due and wait; null = not known. None of them is ever dropped. */
  readonly deferredJobs: number | null;
  /** Ticks for which there has been a level, this one included; by the clock, so that a hold stays the same hold. */
  readonly blockedCycles: number;
  /** How long the oldest runnable job has waited, ms. */
  readonly oldestAgeMs: number | null;
  /** When a producer should come again, ms; 0 without a level. */
  readonly retryAfterMs: number;
}

export type BackpressureDecision = Decision<BackpressureReason, BackpressureDetails>;

/**
 * Why accepted work does not run, and how far producers are held back. `from` and `to` say how far the door is open,
 * so that less is more careful here too: 2 = open (`none`), 1 = `soft`, 0 = `hard`.
 *
 *              a line is crossed: at once
 *     none ─────▶ soft ─────▶ hard
 *          ◀───── ◀──────────
 *              everything under 90 % of the level's lines for 3 ticks in a row
 *
 * The last step down to `none` is the decision `cleared`, once for each block. A signal that is missing keeps a level
 * (not known to be under the line) and makes none (not known to be over it).
 *
 * The reason without a level says why work waits though the door is open: its quota, its tokens, the cluster's
 * capacity, a pause.
 */
export function decideBackpressure(
  policy: BackpressurePolicy,
  state: BackpressureState,
  signals: BackpressureSignals,
  now: number,
): Decided<BackpressureState, BackpressureDecision> {
  const pressure = crossedLines(policy, signals);
  const nextState = follow(policy, state, pressure, now);
  const waiting = signals.scope === 'workspace' ? reasonFor(signals.waitingFor, signals.backlog) : 'none';
  const cleared = nextState.level === 'none' && state.level !== 'none';
  const [from, to] = [openness(state.level), openness(nextState.level)];
  const decision: BackpressureDecision = {
    from,
    target: 2 - pressure.kept,
    desired: 2 - pressure.reached,
    to,
    action: actionOf(from, to),
    reasonCode: cleared ? 'cleared' : nextState.level === 'none' ? waiting : nextState.reason,
    limiting: (cleared || nextState.level !== 'none') && waiting !== 'none' ? LIMITING[waiting] : NOTHING,
    guardrail: signals.scope === 'cluster' ? guardrailOf(signals.contention) : UNSEEN,
    operatorOverride: null,
    window: null,
    actuation: null,
    details: {
      level: nextState.level,
      deferredJobs: signals.backlog,
      blockedCycles:
        nextState.sinceMs === null ? 0 : Math.floor((now - nextState.sinceMs) / policy.tickMs) + 1,
      oldestAgeMs: signals.scope === 'workspace' ? signals.oldestRunnableMs : null,
      retryAfterMs: retryAfter(policy, nextState),
    },
  };
  return { decision, nextState };
}

function follow(
  policy: BackpressurePolicy,
  state: BackpressureState,
  pressure: CrossedLines,
  now: number,
): BackpressureState {
  const level = LEVELS.indexOf(state.level) as Severity;
  if (pressure.reached > level) return at(state, pressure.reached, pressure.reason, 0, now);
  if (level === 0) return state;
  if (pressure.kept >= level) return at(state, level, pressure.keptBy, 0, now);
  if (pressure.unknown) return at(state, level, state.reason, 0, now);
  const underTicks = state.underTicks + 1;
  if (underTicks < policy.clearTicks) return at(state, level, state.reason, underTicks, now);
  return pressure.kept === 0 ? INITIAL_BACKPRESSURE : at(state, pressure.kept, pressure.keptBy, 0, now);
}

/** The state with these values: the same object when it has them already. */
function at(
  state: BackpressureState,
  severity: Severity,
  reason: BackpressureReason,
  underTicks: number,
  now: number,
): BackpressureState {
  const level = LEVELS[severity] as Level;
  if (state.level === level && state.reason === reason && state.underTicks === underTicks) return state;
  return { level, reason, underTicks, sinceMs: state.sinceMs ?? now };
}

function openness(level: Level): number {
  return 2 - LEVELS.indexOf(level);
}

const WAITING: Readonly<Record<NonNullable<WaitingFor>, BackpressureReason>> = {
  pause: 'operator_pause',
  slots: 'quota_exhausted',
  tokens: 'rate_tokens_exhausted',
  capacity: 'capacity_exhausted',
};

const LIMITING = Object.fromEntries(
  Object.values(WAITING).map((reason) => [reason, Object.freeze([reason])]),
) as Readonly<Record<BackpressureReason, readonly string[]>>;

function reasonFor(waitingFor: WaitingFor, backlog: number | null): BackpressureReason {
  return waitingFor === null || backlog === 0 ? 'none' : WAITING[waitingFor];
}

/** A producer that is refused comes when the level can be gone at the earliest; one that is asked, a tick later. */
function retryAfter(policy: BackpressurePolicy, { level, underTicks }: BackpressureState): number {
  if (level === 'none') return 0;
  return level === 'soft' ? policy.tickMs : (policy.clearTicks - underTicks) * policy.tickMs;
}

const UNSEEN: Guardrail = Object.freeze({
  contention: 'unknown',
  failureRate: 'unknown',
  duplicates: 'unknown',
});
const GUARDRAILS = {
  ok: Object.freeze({ ...UNSEEN, contention: 'ok' }),
  breach: Object.freeze({ ...UNSEEN, contention: 'breach' }),
  unknown: UNSEEN,
} as const;

function guardrailOf(contention: keyof typeof GUARDRAILS): Guardrail {
  return GUARDRAILS[contention];
}
