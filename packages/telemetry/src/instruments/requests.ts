import type { Meter } from '@opentelemetry/api';
import { CALL_SECONDS } from './buckets.ts';

export interface RequestMetrics {
  /** An HTTP request was answered. `route` is the pattern, never the path. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
}

/** The recorder of HTTP requests. */
export function requestMetrics(meter: Meter): RequestMetrics {
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP requests, to the last byte of the answer',
    advice: { explicitBucketBoundaries: CALL_SECONDS },
  });
  return {
    answered({ method, route, status, seconds }) {
      duration.record(seconds, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      });
    },
  };
}
