export {
  createDecisionExporter,
  type DecisionExporter,
  type DecisionExporterOptions,
} from './decisions/exporter.ts';
export { traceIdOfTick } from './decisions/span-ids.ts';
export type { PreviousDecision, SpanOfDecision } from './decisions/span-of-decision.ts';
export { type ConsumerMetrics, consumerMetrics } from './instruments/consumer.ts';
export {
  type ControllerMetrics,
  type ControllerSeen,
  controllerMetrics,
  type PressureLevel,
} from './instruments/controller.ts';
export { type DispatcherMetrics, dispatcherMetrics, type WorkspaceTotals } from './instruments/dispatcher.ts';
export { MAX_JOB_TYPES, OTHER_TYPE } from './instruments/job-types.ts';
export { type RequestMetrics, requestMetrics } from './instruments/requests.ts';
export type { SamplerName } from './sampler.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './start.ts';
