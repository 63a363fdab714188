import { DiagLogLevel, diag } from '@opentelemetry/api';

/** Longest text of a diagnostic: some carry a whole stack. */
const MAX_TEXT = 500;

/** Lets the service's log have what OpenTelemetry has to complain of: a collector that is away, spans that it refused. */
export function tellDiagnostics(logger: { warn(fields: object, message: string): void }): void {
  const tell = (message: string, ...more: unknown[]) => {
    const detail = [message, ...more.map(String)].join(' ').slice(0, MAX_TEXT);
    logger.warn({ detail }, 'telemetry could not be sent as it should');
  };
  const silent = () => undefined;
  const levels = { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
  diag.setLogger(levels, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
