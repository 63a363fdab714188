/**
 * Ids of the controller's spans. They follow from the decisions alone: whoever has a decision can find its span, and a
 * decision that is exported twice is one span.
 */
import { createHash } from 'node:crypto';
import type { DecisionRecord } from '@fairlead/core';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;

/** The trace of a tick. */
export function traceIdOfTick(correlationId: string): string {
  return sha256(correlationId).slice(0, TRACE_ID_DIGITS);
}

export function tickSpan(correlationId: string): SpanContext {
  return spanContext(correlationId, sha256(`tick ${correlationId}`));
}

/** Its span id is the beginning of its hash. */
export function decisionSpan({
  correlationId,
  hash,
}: Pick<DecisionRecord, 'correlationId' | 'hash'>): SpanContext {
  return spanContext(correlationId, hash);
}

export function actuateSpan({
  correlationId,
  hash,
}: Pick<DecisionRecord, 'correlationId' | 'hash'>): SpanContext {
  return spanContext(correlationId, sha256(`actuate ${hash}`));
}

function spanContext(correlationId: string, digits: string): SpanContext {
  return {
    traceId: traceIdOfTick(correlationId),
    spanId: digits.slice(0, SPAN_ID_DIGITS),
    traceFlags: TraceFlags.SAMPLED,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
