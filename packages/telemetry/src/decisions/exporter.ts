/**
 * Decisions on their way to a collector, from rows and straight. There is no processor with a queue that drops what does
 * not fit: the caller reads rows from where it is, hands them over, and goes on only when the collector has taken them.
 * While it is away nothing is lost, and nothing piles up in memory; the rows wait where they are.
 *
 * A call that was accepted in part leaves what is known of it in mind, so that its repeat sends the rest alone. Only a
 * process that dies in between sends twice, and then the very same spans.
 */
import type { DecisionRecord } from '@fairlead/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { tracesUrl } from '../traces-url.ts';
import { type SpanOrigin, spanOfTick, spansOfDecision } from './decision-spans.ts';
import type { SpanOfDecision } from './span-of-decision.ts';

export interface DecisionExporterOptions {
  /** Base URL of an OTLP collector (http/protobuf), e.g. `http://localhost:4318`. */
  readonly endpoint: string;
  /** What the collector asks for, perhaps a key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly serviceVersion: string;
  /** For one request and its retries; default 5,000. */
  readonly timeoutMs?: number;
}

export interface DecisionExporter {
  /**
   * Sends decisions, given in the order of their rows. `accepted`: the collector took all of them. `refused`: not all;
   * give them again later. One call at a time. Never rejects.
   */
  export(decisions: readonly SpanOfDecision[]): Promise<'accepted' | 'refused'>;
  /** Resolves when nothing is under way. */
  shutdown(): Promise<void>;
}

/** As `control.md` of the design has it: spans of decisions are found under this service. */
const SERVICE = 'fairlead-controller';
const TIMEOUT_MS = 5_000;
/** Of one request. A record has a few KB; collectors take a few MB. */
const MAX_DECISIONS = 200;
const MAX_CHARACTERS = 1_000_000;

export function createDecisionExporter(options: DecisionExporterOptions): DecisionExporter {
  const { endpoint, headers = {}, serviceVersion, timeoutMs: timeoutMillis = TIMEOUT_MS } = options;
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(endpoint),
    headers: { ...headers },
    timeoutMillis,
  });
  const origin: SpanOrigin = {
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': SERVICE, 'service.version': serviceVersion }),
    ),
    scope: { name: 'fairlead', version: serviceVersion },
  };
  /** Hashes of the decisions that were taken from a call which was refused later on. */
  const taken = new Set<string>();
  let lastTick: string | undefined;

  function spansOf(batch: readonly Recorded[]): ReadableSpan[] {
    let tick = lastTick;
    return batch.flatMap(({ record, decision }) => {
      const spans = spansOfDecision(record, decision, origin);
      if (record.correlationId === tick) return spans;
      tick = record.correlationId;
      return [spanOfTick(record, decision, origin), ...spans];
    });
  }

  function send(spans: ReadableSpan[]): Promise<boolean> {
    return new Promise((resolve) => {
      exporter.export(spans, ({ code }) => resolve(code === SUCCESS));
    });
  }

  return {
    async export(decisions) {
      const left = decisions.flatMap((decision) => {
        const { record } = decision;
        return record === undefined || taken.has(record.hash) ? [] : [{ record, decision }];
      });
      for (const batch of inBatches(left)) {
        if (!(await send(spansOf(batch)))) return 'refused';
        for (const { record } of batch) taken.add(record.hash);
        lastTick = batch.at(-1)?.record.correlationId;
      }
      taken.clear();
      return 'accepted';
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** `ExportResultCode.SUCCESS`. */
const SUCCESS = 0;

interface Recorded {
  readonly record: DecisionRecord;
  readonly decision: SpanOfDecision;
}

function inBatches(decisions: readonly Recorded[]): Recorded[][] {
  const batches: Recorded[][] = [];
  let batch: Recorded[] = [];
  let characters = 0;
  for (const one of decisions) {
    const size = one.decision.text.length;
    if (batch.length >= MAX_DECISIONS || (batch.length > 0 && characters + size > MAX_CHARACTERS)) {
      batches.push(batch);
      [batch, characters] = [[], 0];
    }
    batch.push(one);
    characters += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
