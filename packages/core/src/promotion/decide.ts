import {
  actionOf,
  type Decided,
  type Decision,
  type JudgedWindow,
  type OperatorOverride,
} from '../decision/decision.ts';
import { noticeDuplicates } from '../decision/duplicates.ts';
import type { Guardrail } from '../decision/reading.ts';
import { isSameSpan, type Span } from '../window/window.ts';
import { judgeDemotion, judgePromotion, NO_VERDICT, type Verdict } from './judge.ts';
import type { PromotionPolicy } from './policy.ts';
import type { PromotionReason } from './reasons.ts';
import type { PromotionSignals, PromotionWindow } from './signals.ts';
import { isPromoted, openWindow, type PromotionState } from './state.ts';

export interface PromotionDetails {
  /** Healthy promotion windows in a row, and breached demotion windows in a row, with this one. */
  readonly healthy: number;
  readonly breached: number;
}

export type PromotionDecision = Decision<PromotionReason, PromotionDetails>;
type Outcome = Decided<PromotionState, PromotionDecision>;

/**
 * A workspace's place on the quota ladder. `from` and `to` are quotas: jobs at once.
 *
 *                    4 healthy windows of 30 min in a row
 *     base (64) ───────────────────────────────────────────▶ promoted (100)
 *        ▲   ◀─────────────────────────────────────────────     │
 *        │    2 breached windows of 15 min in a row;            │
 *        │    at once: a duplicate send, eligibility withdrawn  │
 *        └── after a breach or duplicate nothing counts for 30 min
 *
 * Order: disabled, frozen > duplicate send > promoted: demotion windows > not eligible > requalify cooldown > window
 * not over > insufficient data > breach > healthy window > gate.
 *
 * A window too thin to judge is on neither side, and each side takes it in its safe way: it ends a row of healthy
 * windows (four *in a row* must be shown), and it leaves a row of breached ones as it is. Otherwise a tenant whose
 * hourly batch fails whole would be saved for ever by the empty windows between.
 *
 * Looks at one workspace and nothing else: whatever the other 49,999 do, this answer is the same. When nothing has
 * changed the state that comes back is the state that went in, and on that path hardly anything is allocated.
 *
 * @param now ms since the epoch, whole
 */
export function decidePromotion(
  policy: PromotionPolicy,
  state: PromotionState,
  signals: PromotionSignals,
  now: number,
): Outcome {
  if (!policy.enabled) return suspend(policy, state, 'feature_disabled', null);
  const freeze = signals.freeze;
  if (freeze && (freeze.expiresAtMs === null || now < freeze.expiresAtMs)) {
    return suspend(policy, state, 'operator_freeze', {
      kind: 'freeze',
      actor: freeze.actor,
      expiresAt: freeze.expiresAtMs,
    });
  }
  const promoted = isPromoted(policy, state);
  // Most workspaces, at every tick: nothing is counted, and nothing of their state changes.
  if (!promoted && signals.eligible !== true) return keep(policy, uncounted(state), 'not_eligible');
  const { happened, seen } = noticeDuplicates(state.duplicatesSeen, signals.duplicatesTotal);
  const noticed = seen === state.duplicatesSeen ? state : { ...state, duplicatesSeen: seen };
  if (promoted) {
    return happened
      ? demoteForDuplicate(policy, noticed, now)
      : decidePromoted(policy, noticed, signals, now);
  }
  return decideUnpromoted(policy, noticed, signals, now, happened);
}

/**
 * Nothing is decided and nothing counted; counting begins anew afterwards. Duplicate sends are not taken note of, so
 * that one that happens meanwhile demotes when the freeze ends.
 */
function suspend(
  policy: PromotionPolicy,
  state: PromotionState,
  reasonCode: PromotionReason,
  override: OperatorOverride | null,
): Outcome {
  const { decision, nextState } = keep(policy, uncounted(state), reasonCode);
  return { decision: override === null ? decision : { ...decision, operatorOverride: override }, nextState };
}

function demoteForDuplicate(policy: PromotionPolicy, state: PromotionState, now: number): Outcome {
  return conclude(policy, state, demoted(policy, state, now), 'duplicate_send_immediate_demotion', DUPLICATE);
}

function decidePromoted(
  policy: PromotionPolicy,
  state: PromotionState,
  signals: PromotionSignals,
  now: number,
): Outcome {
  const outcome = judgeNextDemotionWindow(policy, state, signals, now);
  if (signals.eligible !== false || outcome.decision.action === 'lower') return outcome;
  // The operator took the permission back: no fault, so no cooldown either.
  return conclude(policy, state, { ...uncounted(state), quota: policy.baseQuota }, 'not_eligible', QUIET);
}

function judgeNextDemotionWindow(
  policy: PromotionPolicy,
  state: PromotionState,
  signals: PromotionSignals,
  now: number,
): Outcome {
  const open = openWindow(policy, state);
  if (open === null) return keep(policy, { ...state, windowStartMs: now }, 'demotion_waiting_interval');
  if (now < open.endMs) return keep(policy, state, 'demotion_waiting_interval');
  const counted = countsOf(signals, open);
  const verdict = counted ? judgeDemotion(policy, counted) : NO_VERDICT;
  const judged = { verdict, window: judgedWindow(open, counted) };
  const next = { ...state, windowStartMs: open.endMs };
  switch (verdict.reading) {
    case 'unknown':
      return conclude(policy, state, next, 'window_insufficient_data', judged);
    case 'ok':
      return conclude(policy, state, { ...next, breached: 0 }, 'healthy_window_recorded', judged);
    case 'breach': {
      const breached = state.breached + 1;
      if (breached < policy.demotionWindows) {
        return conclude(policy, state, { ...next, breached }, 'demotion_breach_recorded', judged);
      }
      return conclude(policy, state, demoted(policy, state, now), 'demotion_gate_closed', judged);
    }
  }
}

function decideUnpromoted(
  policy: PromotionPolicy,
  state: PromotionState,
  signals: PromotionSignals,
  now: number,
  duplicate: boolean,
): Outcome {
  if (state.requalifyAtMs !== null && now < state.requalifyAtMs)
    return keep(policy, state, 'requalify_cooldown');
  // There is nothing to demote from, but the row of healthy windows is over now and not when its window ends.
  if (duplicate)
    return conclude(
      policy,
      state,
      { ...state, healthy: 0, windowStartMs: now },
      'threshold_breach',
      DUPLICATE,
    );
  const open = openWindow(policy, state);
  if (open === null) return keep(policy, { ...state, windowStartMs: now }, 'healthy_window_waiting_interval');
  if (now < open.endMs) return keep(policy, state, 'healthy_window_waiting_interval');
  // While duplicates cannot be counted no window can be called free of them.
  const counted = signals.duplicatesTotal === null ? null : countsOf(signals, open);
  return judgeNextPromotionWindow(policy, state, counted, open, now);
}

function judgeNextPromotionWindow(
  policy: PromotionPolicy,
  state: PromotionState,
  counted: PromotionWindow | null,
  open: Span,
  now: number,
): Outcome {
  const verdict = counted ? judgePromotion(policy, counted) : NO_VERDICT;
  const judged = { verdict, window: judgedWindow(open, counted) };
  const next = { ...state, windowStartMs: open.endMs };
  switch (verdict.reading) {
    case 'unknown':
      return conclude(policy, state, { ...next, healthy: 0 }, 'window_insufficient_data', judged);
    case 'breach':
      return conclude(policy, state, { ...next, healthy: 0 }, 'threshold_breach', judged);
    case 'ok': {
      const healthy = state.healthy + 1;
      if (healthy < policy.windows) {
        return conclude(policy, state, { ...next, healthy }, 'healthy_window_recorded', judged);
      }
      // The demotion windows begin now and not where the last window ended: before now it ran under the old quota.
      const promoted = { ...state, quota: policy.promotedQuota, windowStartMs: now, healthy: 0, breached: 0 };
      return conclude(policy, state, { ...promoted, requalifyAtMs: null }, 'gate_open', judged);
    }
  }
}

/** The counts, if they are those of the whole window that is due, and of no other. */
function countsOf(signals: PromotionSignals, due: Span): PromotionWindow | null {
  return signals.window && isSameSpan(signals.window, due) ? signals.window : null;
}

function judgedWindow(span: Span, counted: PromotionWindow | null): JudgedWindow {
  return { start: span.startMs, end: span.endMs, samples: counted?.finished ?? 0 };
}

function uncounted(state: PromotionState): PromotionState {
  if (state.windowStartMs === null && state.healthy === 0 && state.breached === 0) return state;
  return { ...state, windowStartMs: null, healthy: 0, breached: 0 };
}

/** Back at the base, with the next window beginning when the cooldown ends. */
function demoted(policy: PromotionPolicy, state: PromotionState, now: number): PromotionState {
  const requalifyAtMs = now + policy.requalifyMs;
  return {
    ...state,
    quota: policy.baseQuota,
    windowStartMs: requalifyAtMs,
    healthy: 0,
    breached: 0,
    requalifyAtMs,
  };
}

interface Judged {
  readonly verdict: Verdict;
  readonly window: JudgedWindow | null;
}

const UNSEEN: Guardrail = NO_VERDICT.guardrail;
const QUIET: Judged = Object.freeze({ verdict: NO_VERDICT, window: null });
const DUPLICATE: Judged = Object.freeze({
  verdict: Object.freeze({
    reading: 'breach',
    limiting: Object.freeze(['duplicate_send']),
    guardrail: Object.freeze({ ...UNSEEN, duplicates: 'breach' }),
  }),
  window: null,
});

/** A hold without a judgement: what nearly every workspace gets at nearly every tick. */
function keep(policy: PromotionPolicy, state: PromotionState, reasonCode: PromotionReason): Outcome {
  return conclude(policy, state, state, reasonCode, QUIET);
}

function conclude(
  policy: PromotionPolicy,
  state: PromotionState,
  nextState: PromotionState,
  reasonCode: PromotionReason,
  { verdict, window }: Judged,
): Outcome {
  const from = state.quota;
  const to = nextState.quota;
  const decision: PromotionDecision = {
    from,
    target:
      isPromoted(policy, nextState) || nextState.windowStartMs !== null
        ? policy.promotedQuota
        : policy.baseQuota,
    desired: to,
    to,
    action: actionOf(from, to),
    reasonCode,
    limiting: verdict.limiting,
    guardrail: verdict.guardrail,
    operatorOverride: null,
    window,
    actuation: null,
    details: { healthy: nextState.healthy, breached: nextState.breached },
  };
  return { decision, nextState };
}
