export {
  type ConsumerMetrics,
  consumerMetrics,
  type DispatcherMetrics,
  dispatcherMetrics,
  type RequestMetrics,
  requestMetrics,
  type WorkspaceTotals,
} from './instruments.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './start.ts';
