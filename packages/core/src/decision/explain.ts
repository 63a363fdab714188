import { explainAutoscale } from '../autoscale/explain.ts';
import { explainBackpressure } from '../backpressure/explain.ts';
import { explainPromotion } from '../promotion/explain.ts';
import { explainRollout } from '../rollout/explain.ts';
import type { Policy } from './policy.ts';
import type { DecisionRecord } from './record.ts';

/** A decision in words, with its numbers. An exercise is called one. */
export function explainDecision(record: DecisionRecord, policy: Policy): string {
  const words = sentence(record, policy);
  const started = words.charAt(0).toUpperCase() + words.slice(1);
  return record.synthetic ? `Exercise: ${started}` : started;
}

function sentence(record: DecisionRecord, policy: Policy): string {
  switch (record.kind) {
    case 'autoscale':
      return explainAutoscale(record, policy.autoscale);
    case 'promotion':
      return explainPromotion(record, policy.promotion);
    case 'backpressure':
      return explainBackpressure(record, policy.backpressure);
    case 'rollout':
      return explainRollout(record, policy.rollout);
  }
}
