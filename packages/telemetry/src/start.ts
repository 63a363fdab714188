import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Meter, metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';

export interface TelemetryOptions {
  /** e.g. `fairlead-dispatcher` */
  readonly serviceName: string;
  readonly serviceVersion: string;
}

export interface Telemetry {
  /** What the recorders in instruments.ts are made of. */
  readonly meter: Meter;
  /** Answers in Prometheus' text format. */
  readonly metricsHandler: (req: IncomingMessage, res: ServerResponse) => void;
  /** Idempotent. */
  shutdown(): Promise<void>;
}

/** Sets OpenTelemetry up for this process. Call it once, before instruments are made. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const sdk = new NodeSDK({
    serviceName: options.serviceName,
    // What a host or a process detector would add is the collector's business.
    autoDetectResources: false,
    metricReaders: [exporter],
    spanProcessors: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  let stopped: Promise<void> | undefined;
  return {
    meter: metrics.getMeter('fairlead', options.serviceVersion),
    metricsHandler: (req, res) => exporter.getMetricsRequestHandler(req, res),
    shutdown() {
      stopped ??= sdk.shutdown();
      return stopped;
    },
  };
}
