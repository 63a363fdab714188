import { NOTHING } from '../decision/decision.ts';
import { isAtLeast } from '../decision/rate.ts';
import type { Guardrail, Reading } from '../decision/reading.ts';
import type { PromotionPolicy } from './policy.ts';
import type { PromotionLimit } from './reasons.ts';
import type { PromotionWindow } from './signals.ts';

/** What a whole window says. `unknown` = too little was measured to say. */
export interface Verdict {
  readonly reading: Reading;
  readonly limiting: readonly string[];
  readonly guardrail: Guardrail;
}

/** Of a window whose counts are lost. */
export const NO_VERDICT: Verdict = Object.freeze({
  reading: 'unknown',
  limiting: NOTHING,
  guardrail: Object.freeze({ contention: 'unknown', failureRate: 'unknown', duplicates: 'unknown' }),
});

/**
 * Whether a window speaks for promotion: p95 of queue age < 180 s, failure rate < 0.5 %, no contention, no duplicate
 * send, and enough finished jobs to say so. Too little data comes before a breach: both begin the count again.
 */
export function judgePromotion(policy: PromotionPolicy, window: PromotionWindow): Verdict {
  const enough = window.finished >= policy.minFinished;
  const failing = isAtLeast(window.dead, window.finished, policy.failureBp);
  const guardrail: Guardrail = {
    contention: window.contention,
    failureRate: enough ? (failing ? 'breach' : 'ok') : 'unknown',
    duplicates: readDuplicates(window),
  };
  if (!enough || isUnknown(window) || window.queueAgeP95Ms === null) {
    return { reading: 'unknown', limiting: NOTHING, guardrail };
  }
  const limiting: PromotionLimit[] = [];
  if (window.queueAgeP95Ms >= policy.queueAgeP95Ms) limiting.push('queue_age');
  if (failing) limiting.push('failure_rate');
  if (window.contention === 'breach') limiting.push('contention');
  if (guardrail.duplicates === 'breach') limiting.push('duplicate_send');
  return limiting.length === 0
    ? { reading: 'ok', limiting: NOTHING, guardrail }
    : { reading: 'breach', limiting, guardrail };
}

/** Whether a window speaks for demotion: failure rate ≥ 2 %, or contention. Queue age alone never does. */
export function judgeDemotion(policy: PromotionPolicy, window: PromotionWindow): Verdict {
  const enough = window.finished >= policy.demotionMinFinished;
  const failing = enough && isAtLeast(window.dead, window.finished, policy.demotionFailureBp);
  const guardrail: Guardrail = {
    contention: window.contention,
    failureRate: failing ? 'breach' : enough ? 'ok' : 'unknown',
    duplicates: readDuplicates(window),
  };
  const limiting: PromotionLimit[] = [];
  if (failing) limiting.push('failure_rate');
  if (window.contention === 'breach') limiting.push('contention');
  if (limiting.length > 0) return { reading: 'breach', limiting, guardrail };
  const known = enough && window.contention === 'ok';
  return { reading: known ? 'ok' : 'unknown', limiting: NOTHING, guardrail };
}

function isUnknown(window: PromotionWindow): boolean {
  return window.duplicates === null || window.queueAgeSamples === 0 || window.contention === 'unknown';
}

function readDuplicates({ duplicates }: PromotionWindow): Reading {
  if (duplicates === null) return 'unknown';
  return duplicates > 0 ? 'breach' : 'ok';
}
