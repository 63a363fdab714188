import { type ContentionMeasure, type ContentionState, observeContention } from '../contention/contention.ts';
import { noticeDuplicates } from '../decision/duplicates.ts';
import { isAtLeast } from '../decision/rate.ts';
import { type Guardrail, type Reading, worse } from '../decision/reading.ts';
import type { AutoscalePolicy } from './policy.ts';
import type { AutoscaleSignals } from './signals.ts';
import type { AutoscaleState } from './state.ts';

/** How the guardrails stand at a tick, and what to remember of them. */
export interface GuardrailSeen {
  readonly guardrail: Guardrail;
  /** The worst of the three. */
  readonly reading: Reading;
  /** Measures of contention in breach, and those that could not be taken. */
  readonly breaches: readonly ContentionMeasure[];
  readonly missing: readonly ContentionMeasure[];
  readonly contention: ContentionState;
  readonly duplicatesSeen: number | null;
  readonly stopUntilMs: number | null;
}

/**
 * Reads contention (with its hysteresis), failures and duplicate sends.
 *
 * Failures of fewer jobs than can be judged are `ok`: a cluster that has only begun to work has finished nothing,
 * and must still be able to grow. Counts that are missing are `unknown`. A duplicate send is a breach for a whole
 * cooldown: as a stop it outranks a pin, and a stop that ended with its own tick would hand the cluster straight
 * back to the pin.
 */
export function readGuardrail(
  policy: AutoscalePolicy,
  state: AutoscaleState,
  signals: AutoscaleSignals,
  now: number,
): GuardrailSeen {
  const contention = observeContention(policy.contention, state.contention, signals.contention);
  const noticed = noticeDuplicates(state.duplicatesSeen, signals.duplicatesTotal);
  const until = noticed.happened ? now + policy.cooldownMs : state.stopUntilMs;
  const stopUntilMs = until !== null && now < until ? until : null;
  const duplicates = stopUntilMs !== null ? 'breach' : signals.duplicatesTotal === null ? 'unknown' : 'ok';
  const guardrail: Guardrail = {
    contention: contention.reading,
    failureRate: readFailures(policy, signals),
    duplicates,
  };
  return {
    guardrail,
    reading: worse(worse(guardrail.contention, guardrail.failureRate), duplicates),
    breaches: contention.breaches,
    missing: contention.missing,
    contention: contention.nextState,
    duplicatesSeen: noticed.seen,
    stopUntilMs,
  };
}

function readFailures(policy: AutoscalePolicy, { finished, dead }: AutoscaleSignals): Reading {
  if (finished === null || dead === null) return 'unknown';
  if (finished < policy.failureMinFinished) return 'ok';
  return isAtLeast(dead, finished, policy.failureBreachBp) ? 'breach' : 'ok';
}
