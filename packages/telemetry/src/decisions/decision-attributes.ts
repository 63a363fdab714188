import { type DecisionRecord, RECORD_ATTRIBUTE } from '@fairlead/core';
import type { Attributes } from '@opentelemetry/api';
import type { SpanOfDecision } from './span-of-decision.ts';

/** What a decision's span says. What is not known is not there. */
export function decisionAttributes(record: DecisionRecord, decision: SpanOfDecision): Attributes {
  const { guardrail, operatorOverride, subject, previousId } = record;
  const previousStood = decision.previous?.stoodTicks;
  return {
    'fairlead.decision.id': record.id,
    'fairlead.decision.kind': record.kind,
    'fairlead.decision.subject': subject.id,
    'fairlead.decision.subject_type': subject.type,
    'fairlead.decision.seq': record.seq,
    'fairlead.decision.epoch': record.epoch,
    'fairlead.decision.reason_code': record.reasonCode,
    'fairlead.decision.action': record.action,
    'fairlead.decision.from': record.from,
    'fairlead.decision.target': record.target,
    'fairlead.decision.desired': record.desired,
    'fairlead.decision.to': record.to,
    'fairlead.decision.limiting': [...record.limiting],
    'fairlead.decision.guardrail.contention': guardrail.contention,
    'fairlead.decision.guardrail.failure_rate': guardrail.failureRate,
    'fairlead.decision.guardrail.duplicates': guardrail.duplicates,
    'fairlead.decision.policy_hash': record.policyHash,
    'fairlead.decision.correlation_id': record.correlationId,
    'fairlead.decision.synthetic': record.synthetic,
    'fairlead.decision.hash': record.hash,
    'fairlead.decision.repeats': decision.stoodTicks - 1,
    [RECORD_ATTRIBUTE]: decision.text,
    ...(previousId === null ? {} : { 'fairlead.decision.previous_id': previousId }),
    ...(previousStood === undefined ? {} : { 'fairlead.decision.previous_repeats': previousStood - 1 }),
    ...(operatorOverride === null
      ? {}
      : {
          'fairlead.decision.override.kind': operatorOverride.kind,
          'fairlead.decision.override.actor': operatorOverride.actor,
        }),
    ...(subject.type === 'workspace' ? { 'fairlead.workspace': subject.id } : {}),
    ...(subject.type === 'rollout' ? { 'fairlead.rollout': subject.id } : {}),
  };
}

/** What the tick's span says; nothing that is not the same in each of its decisions. */
export function tickAttributes({ correlationId, epoch }: DecisionRecord): Attributes {
  return { 'fairlead.decision.correlation_id': correlationId, 'fairlead.decision.epoch': epoch };
}

/**
 * What the decision asks of the actuator, what was running when it was taken, and whether that was what had been asked
 * before; undefined when it asks nothing.
 */
export function actuationAttributes(record: DecisionRecord): Attributes | undefined {
  if (record.actuation === null) return undefined;
  const { kind, observed, outcome } = record.actuation;
  return {
    'fairlead.actuation.kind': kind,
    'fairlead.actuation.outcome': outcome,
    'fairlead.actuation.asked.capacity': record.to,
    ...(record.kind === 'autoscale' ? { 'fairlead.actuation.asked.replicas': record.details.replicas } : {}),
    ...(observed.capacity === null ? {} : { 'fairlead.actuation.observed.capacity': observed.capacity }),
    ...(observed.replicas === null ? {} : { 'fairlead.actuation.observed.replicas': observed.replicas }),
  };
}
