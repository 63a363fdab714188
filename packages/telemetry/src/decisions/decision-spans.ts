/**
 * The spans of a decision, out of its row:
 *
 *     controller.tick ─┬─ decide autoscale ── actuate        a trace is a tick
 *                      ├─ decide promotion acme ─ ─ ▷ the decision about acme before it
 *                      └─ decide backpressure acme ─ ─ ▷ jobs that were the evidence
 *
 * A span begins when the decision was taken and ends when its row was written. The tick's comes with the first decision
 * of the tick, of which all rows were written at once; a tick that had nothing new to say has no span.
 */
import { type DecisionRecord, parseTraceparent } from '@fairlead/core';
import { type Attributes, type Link, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { actuationAttributes, decisionAttributes, tickAttributes } from './decision-attributes.ts';
import { actuateSpan, decisionSpan, tickSpan } from './span-ids.ts';
import type { SpanOfDecision } from './span-of-decision.ts';

/** What all spans of one exporter have in common. */
export interface SpanOrigin {
  readonly resource: Resource;
  readonly scope: { readonly name: string; readonly version: string };
}

/** More jobs than this say no more. */
const MAX_EVIDENCE = 64;

export function spanOfTick(
  record: DecisionRecord,
  decision: SpanOfDecision,
  origin: SpanOrigin,
): ReadableSpan {
  return span(origin, {
    name: 'controller.tick',
    kind: SpanKind.INTERNAL,
    context: tickSpan(record.correlationId),
    attributes: tickAttributes(record),
    links: [],
    ...timesOf(record, decision),
  });
}

/** The decision's span, and that of what it asks of an actuator. */
export function spansOfDecision(
  record: DecisionRecord,
  decision: SpanOfDecision,
  origin: SpanOrigin,
): ReadableSpan[] {
  const context = decisionSpan(record);
  const times = timesOf(record, decision);
  const decide = span(origin, {
    name: nameOf(record),
    kind: SpanKind.INTERNAL,
    context,
    parent: tickSpan(record.correlationId),
    attributes: decisionAttributes(record, decision),
    links: [...linkToPrevious(record, decision), ...linksToEvidence(decision)],
    ...times,
  });
  const asked = actuationAttributes(record);
  if (asked === undefined) return [decide];
  const actuate = span(origin, {
    name: 'actuate',
    kind: SpanKind.CLIENT,
    context: actuateSpan(record),
    parent: context,
    attributes: asked,
    links: [],
    ...times,
  });
  return [decide, actuate];
}

function nameOf({ kind, subject }: DecisionRecord): string {
  return subject.type === 'cluster' ? `decide ${kind}` : `decide ${kind} ${subject.id}`;
}

function linkToPrevious({ previousId, previousHash }: DecisionRecord, { previous }: SpanOfDecision): Link[] {
  if (previous === undefined || previousId === null || previousHash === null) return [];
  const { correlationId, stoodTicks } = previous;
  const attributes = {
    'fairlead.link': 'previous_decision',
    'fairlead.decision.id': previousId,
    ...(stoodTicks === undefined ? {} : { 'fairlead.decision.repeats': stoodTicks - 1 }),
  };
  return [{ context: decisionSpan({ correlationId, hash: previousHash }), attributes }];
}

function linksToEvidence({ evidence }: SpanOfDecision): Link[] {
  return evidence.slice(0, MAX_EVIDENCE).flatMap((traceparent) => {
    const context = parseTraceparent(traceparent);
    if (context === undefined) return [];
    return [{ context: { ...context, isRemote: true }, attributes: { 'fairlead.link': 'evidence' } }];
  });
}

interface Times {
  readonly startMs: number;
  readonly endMs: number;
}

function timesOf({ evaluatedAt }: DecisionRecord, { writtenAtMs = evaluatedAt }: SpanOfDecision): Times {
  return { startMs: evaluatedAt, endMs: Math.max(evaluatedAt, writtenAtMs) };
}

interface SpanParts extends Times {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent?: SpanContext;
  readonly attributes: Attributes;
  readonly links: Link[];
}

function span(origin: SpanOrigin, parts: SpanParts): ReadableSpan {
  const { name, kind, context, parent, attributes, links, startMs, endMs } = parts;
  return {
    name,
    kind,
    attributes,
    links,
    spanContext: () => context,
    ...(parent === undefined ? {} : { parentSpanContext: parent }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    status: { code: SpanStatusCode.UNSET },
    events: [],
    ended: true,
    resource: origin.resource,
    instrumentationScope: origin.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): [number, number] {
  const whole = Math.floor(ms);
  return [Math.floor(whole / 1_000), (whole % 1_000) * 1_000_000];
}
