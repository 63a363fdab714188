import { autoscaleKnobs } from '../autoscale/knobs.ts';
import { backpressureKnobs } from '../backpressure/knobs.ts';
import { promotionKnobs } from '../promotion/knobs.ts';
import { rolloutKnobs } from '../rollout/knobs.ts';
import type { Kind } from './decision.ts';
import { decide, type SignalsOf } from './engine.ts';
import type { Knob } from './knob.ts';
import type { Policy } from './policy.ts';
import { ONE_IN_BP } from './rate.ts';
import type { DecisionRecord, DecisionRecordOf } from './record.ts';

/**
 * What is the smallest change of one signal that would have changed this decision?
 *
 * Every signal that is known is turned, alone, up and down, and the engine is asked again. The answers along one signal
 * are steps in one direction (that worsening a signal never yields a larger `to` is an invariant of the engine), so the
 * nearest step is found by doubling and halving: some thirty decisions a signal. Among the signals the one that moves
 * least, in parts of the line it is held against, is the answer.
 *
 * "Changed" is another `to`. Where no signal alone could have done that (one bad window of four), it is another
 * standing: a window that would have been healthy. Where nothing could, because only time is missing, there is none.
 */
export interface Counterfactual {
  readonly signal: string;
  readonly from: number;
  readonly value: number;
  /** What would have been decided. */
  readonly reasonCode: string;
  readonly to: number;
  /** "0.3 points fewer failures (2 dead jobs) would have promoted: 64 → 100." */
  readonly words: string;
}

export function counterfactualOf(record: DecisionRecord, policy: Policy): Counterfactual | null {
  switch (record.kind) {
    case 'autoscale':
      return nearest(record, policy, autoscaleKnobs(policy.autoscale, record.signals), 'by its outcome');
    case 'backpressure':
      return nearest(
        record,
        policy,
        backpressureKnobs(policy.backpressure, record.signals),
        'by its outcome',
      );
    case 'promotion': {
      const promoted = record.from > policy.promotion.baseQuota;
      const knobs = promotionKnobs(policy.promotion, record.signals, promoted);
      return (
        nearest(record, policy, knobs, 'by its outcome') ?? nearest(record, policy, knobs, 'by its standing')
      );
    }
    case 'rollout': {
      const knobs = rolloutKnobs(policy.rollout, record.signals);
      return (
        nearest(record, policy, knobs, 'by its outcome') ?? nearest(record, policy, knobs, 'by its standing')
      );
    }
  }
}

type Measure = 'by its outcome' | 'by its standing';

function nearest<K extends Kind>(
  record: DecisionRecordOf<K> & DecisionRecord,
  policy: Policy,
  knobs: readonly Knob<K>[],
  measure: Measure,
): Counterfactual | null {
  const ask = (signals: SignalsOf<K>) =>
    decide<K>(record.kind as K, policy, record.stateBefore as never, signals, record.evaluatedAt);
  const standing = (signals: SignalsOf<K>) => standingOf(ask(signals), measure);
  const now = standing(record.signals as SignalsOf<K>);
  let best: { readonly knob: Knob<K>; readonly value: number; readonly cost: number } | null = null;
  for (const knob of knobs) {
    for (const direction of [1, -1] as const) {
      const value = nearestStep(knob, direction, (to) => standing(knob.set(to)) !== now);
      if (value === null) continue;
      const cost = Math.ceil((Math.abs(value - knob.value) * ONE_IN_BP) / knob.scale);
      if (best === null || cost < best.cost) best = { knob, value, cost };
    }
  }
  if (best === null) return null;
  const { decision } = ask(best.knob.set(best.value));
  const { reasonCode, to } = decision;
  const words = `${best.knob.words(best.value)} would have ${outcome(record, reasonCode, to)}.`;
  return {
    signal: best.knob.signal,
    from: best.knob.value,
    value: best.value,
    reasonCode,
    to,
    words: capitalized(words),
  };
}

/** The value nearest to the knob's own, in one direction, at which the answer is another; null when there is none. */
function nearestStep(
  knob: Pick<Knob<Kind>, 'value' | 'min' | 'max'>,
  direction: 1 | -1,
  isOther: (value: number) => boolean,
): number | null {
  const furthest = direction === 1 ? knob.max - knob.value : knob.value - knob.min;
  let same = 0;
  let other = 1;
  while (other < furthest && !isOther(knob.value + direction * other)) {
    same = other;
    other *= 2;
  }
  other = Math.min(other, furthest);
  if (other <= same || !isOther(knob.value + direction * other)) return null;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (isOther(knob.value + direction * middle)) other = middle;
    else same = middle;
  }
  return knob.value + direction * other;
}

function standingOf(
  { decision, nextState }: { decision: { to: number; details: unknown }; nextState: unknown },
  measure: Measure,
): string {
  if (measure === 'by its outcome') return String(decision.to);
  const { healthy, breached } = nextState as { healthy?: number; breached?: number };
  const { passed, status } = nextState as { passed?: boolean; status?: string };
  return [decision.to, healthy ?? 0, breached ?? 0, passed ?? false, status ?? ''].join(' ');
}

function outcome(record: DecisionRecord, reasonCode: string, to: number): string {
  if (to === record.to) return `given ${reasonCode}`;
  if (to === record.from) return `prevented it: ${to} stays`;
  return `${verbFor(record.kind, to > record.from)}: ${record.from} → ${to}`;
}

function verbFor(kind: Kind, isMore: boolean): string {
  switch (kind) {
    case 'autoscale':
      return isMore ? 'raised capacity' : 'lowered capacity';
    case 'promotion':
      return isMore ? 'promoted' : 'demoted';
    case 'backpressure':
      return isMore ? 'opened the door' : 'closed the door further';
    case 'rollout':
      return isMore ? 'advanced it' : 'stopped it';
  }
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
