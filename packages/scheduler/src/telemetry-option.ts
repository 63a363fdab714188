/**
 * Where a job carries the context of its trace: `opts.telemetry.metadata`, in which the stock library's telemetry has a
 * JSON text of W3C headers. Jobs that were added under either are understood by both.
 */

/** The name of that option in BullMQ's stored form. */
export const TELEMETRY_OPTION = 'tm';

export function telemetryMetadata(traceparent: string): string {
  return `{"traceparent":"${traceparent}"}`;
}

/** What a stock producer wrote there may be anything. */
export function traceparentOf(metadata: unknown): string | undefined {
  if (typeof metadata !== 'string') return undefined;
  try {
    const { traceparent } = JSON.parse(metadata) as { traceparent?: unknown };
    return typeof traceparent === 'string' ? traceparent : undefined;
  } catch {
    return undefined;
  }
}
