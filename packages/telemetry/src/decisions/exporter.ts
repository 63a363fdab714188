/**
 * Decisions on their way to a collector, from rows and straight. There is no processor with a queue that drops what does
 * not fit: the caller reads rows from where it is, hands them over, and goes on only when the collector has taken them.
 * While it is away nothing is lost, and nothing piles up in memory; the rows wait where they are.
 *
 * A call that was accepted in part leaves what is known of it in mind, so that its repeat sends the rest alone. Only a
 * process that dies in between sends twice, and then the very same spans.
 *
 * What a collector calls unfit it would call unfit for ever, and nothing behind it would get through. So an unfit request
 * is halved until one decision is left, which is passed over and named: its row is the truth. A collector that takes
 * nothing at all is set up wrong, and is waited for like one that is away.
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
  /** The collector took others of the same call, but calls these unfit: they have no spans. */
  readonly onUnfit?: (ids: readonly string[]) => void;
}

export interface DecisionExporter {
  /**
   * Sends decisions, given in the order of their rows. `accepted`: the collector took all that are fit for it. `refused`:
   * not all; give them again later. One call at a time. Never rejects.
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
/** Malformed, too large, not processable. A key or a path that is wrong is nothing of the decision's. */
const UNFIT: ReadonlySet<unknown> = new Set([400, 413, 422]);
/** So many with nothing taken, and it is the collector. */
const MAX_UNFIT = 8;

export function createDecisionExporter(options: DecisionExporterOptions): DecisionExporter {
  const { endpoint, headers = {}, serviceVersion, timeoutMs: timeoutMillis = TIMEOUT_MS, onUnfit } = options;
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

  function send(spans: ReadableSpan[]): Promise<Sent> {
    return new Promise((resolve) => {
      exporter.export(spans, ({ code, error }) => {
        if (code === SUCCESS) return resolve('taken');
        // An OTLPExporterError: its code is the status of the answer.
        resolve(UNFIT.has((error as { readonly code?: unknown } | undefined)?.code) ? 'unfit' : 'away');
      });
    });
  }

  /** Adds to `unfit` what cannot be sent. False: the rest is to wait. */
  async function deliver(batch: readonly Recorded[], unfit: string[]): Promise<boolean> {
    const sent = await send(spansOf(batch));
    if (sent === 'taken') {
      for (const { record } of batch) taken.add(record.hash);
      lastTick = batch.at(-1)?.record.correlationId;
      return true;
    }
    const [one, ...others] = batch;
    if (sent === 'away' || one === undefined) return false;
    if (others.length === 0) {
      unfit.push(one.record.id);
      return taken.size > 0 || unfit.length < MAX_UNFIT;
    }
    const middle = batch.length >> 1;
    return (await deliver(batch.slice(0, middle), unfit)) && (await deliver(batch.slice(middle), unfit));
  }

  return {
    async export(decisions) {
      const left = decisions.flatMap((decision) => {
        const { record } = decision;
        return record === undefined || taken.has(record.hash) ? [] : [{ record, decision }];
      });
      const unfit: string[] = [];
      for (const batch of inBatches(left)) if (!(await deliver(batch, unfit))) return 'refused';
      if (unfit.length > 0) {
        if (taken.size === 0) return 'refused';
        onUnfit?.(unfit);
      }
      taken.clear();
      return 'accepted';
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** `ExportResultCode.SUCCESS`. */
const SUCCESS = 0;

type Sent = 'taken' | 'unfit' | 'away';

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
