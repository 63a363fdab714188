import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Meter, metrics, type Tracer, trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createSampler, type SamplerName } from './sampler.ts';
import { tellDiagnostics } from './tell-diagnostics.ts';
import { tracesUrl } from './traces-url.ts';

export interface TelemetryOptions {
  /** e.g. `fairlead-dispatcher` */
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Base URL of an OTLP collector (http/protobuf), e.g. `http://localhost:4318`; without it there are no spans. */
  readonly otlpEndpoint?: string | undefined;
  /** What the collector asks for, perhaps a key. */
  readonly otlpHeaders?: Readonly<Record<string, string>> | undefined;
  /** Which requests and jobs have spans; default `parentbased_always_on`. Decisions always have theirs. */
  readonly sampler?: SamplerName | undefined;
  /** Of those that end in `traceidratio`: the share, 0 to 1; default 1. */
  readonly samplerRatio?: number | undefined;
  /** Told of spans that could not be sent. */
  readonly logger?: { warn(fields: object, message: string): void } | undefined;
}

export interface Telemetry {
  /** What the recorders in instruments/ are made of. */
  readonly meter: Meter;
  /** What makes the spans of requests and jobs; undefined without an endpoint: then nobody should make any. */
  readonly tracer: Tracer | undefined;
  /** Answers in Prometheus' text format. */
  readonly metricsHandler: (req: IncomingMessage, res: ServerResponse) => void;
  /** Sends the spans that are still held, in `SHUTDOWN_MS` at most. Idempotent; never rejects. */
  shutdown(): Promise<void>;
}

/** A collector that does not answer must not hold up the end of the process. */
const SHUTDOWN_MS = 2_000;

/** Sets OpenTelemetry up for this process. Call it once, before instruments are made. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { serviceName, serviceVersion, otlpEndpoint, otlpHeaders = {}, sampler, samplerRatio } = options;
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const sdk = new NodeSDK({
    serviceName,
    // What a host or a process detector would add is the collector's business.
    resourceDetectors: [{ detect: () => ({ attributes: { 'service.version': serviceVersion } }) }],
    metricReaders: [exporter],
    ...(otlpEndpoint === undefined
      ? { spanProcessors: [] }
      : {
          traceExporter: new OTLPTraceExporter({ url: tracesUrl(otlpEndpoint), headers: { ...otlpHeaders } }),
          sampler: createSampler(sampler, samplerRatio),
        }),
    logRecordProcessors: [],
    instrumentations: [],
  });
  if (options.logger) tellDiagnostics(options.logger);
  sdk.start();
  let stopped: Promise<void> | undefined;
  return {
    meter: metrics.getMeter('fairlead', serviceVersion),
    tracer: otlpEndpoint === undefined ? undefined : trace.getTracer('fairlead', serviceVersion),
    metricsHandler: (req, res) => exporter.getMetricsRequestHandler(req, res),
    shutdown() {
      stopped ??= inTime(
        // The exporter has told of the spans that it could not send.
        sdk.shutdown().catch(() => {}),
      );
      return stopped;
    },
  };
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SHUTDOWN_MS);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
