import { FairleadError, formatTraceparent } from '@fairlead/core';
import { type Attributes, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { Intake } from './intake.ts';

/** Sends jobs within a span of their own, and rejects as `send` does. The jobs carry the traceparent that it is given. */
export type SendSpan = <T>(
  jobs: readonly { readonly workspace: string }[],
  send: (traceparent: string) => Promise<T>,
) => Promise<T>;

/**
 * The `send` span: one for what comes together, however many jobs, by OpenTelemetry's messaging conventions. It covers
 * all of the way to Redis, the commit of the ledger included, and is a child of the request's span.
 */
export function createSendSpan(tracer: Tracer): SendSpan {
  return (jobs, send) =>
    tracer.startActiveSpan(
      'send',
      { kind: SpanKind.PRODUCER, attributes: attributesOf(jobs) },
      async (span) => {
        try {
          return await send(formatTraceparent(span.spanContext()));
        } catch (error) {
          span.setAttribute('error.type', error instanceof FairleadError ? error.code : 'error');
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      },
    );
}

/** The same intake, with a span around what it accepts; without `sendSpan`, the very same. */
export function inSendSpan(intake: Intake, sendSpan: SendSpan | undefined): Intake {
  if (sendSpan === undefined) return intake;
  return {
    accept: (jobs) =>
      sendSpan(jobs, (traceparent) => intake.accept(jobs.map((job) => ({ ...job, traceparent })))),
  };
}

function attributesOf(jobs: readonly { readonly workspace: string }[]): Attributes {
  const [only, ...others] = new Set(jobs.map(({ workspace }) => workspace));
  return {
    'messaging.system': 'bullmq',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.template': 'workspace.{id}',
    'messaging.batch.message_count': jobs.length,
    ...(only === undefined || others.length > 0
      ? {}
      : { 'messaging.destination.name': only, 'fairlead.workspace': only }),
  };
}
