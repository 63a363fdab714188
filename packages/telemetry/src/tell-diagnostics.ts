import { DiagLogLevel, diag } from '@opentelemetry/api';

/** Longest text of a diagnostic: some carry a whole stack. */
const MAX_TEXT = 500;
/** A collector that is away fails each batch: that is worth a line now and then. */
const LEAST_PAUSE_MS = 60_000;

/** Lets the service's log have what OpenTelemetry has to complain of: a collector that is away, spans that it refused. */
export function tellDiagnostics(logger: { warn(fields: object, message: string): void }): void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let untold = 0;
  const tell = (message: string, ...more: unknown[]) => {
    const nowMs = performance.now();
    if (nowMs - toldAtMs < LEAST_PAUSE_MS) {
      untold++;
      return;
    }
    const detail = [message, ...more.map(String)].join(' ').slice(0, MAX_TEXT);
    logger.warn({ detail, untold }, 'telemetry could not be sent as it should');
    [toldAtMs, untold] = [nowMs, 0];
  };
  const silent = () => undefined;
  const levels = { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
  diag.setLogger(levels, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
