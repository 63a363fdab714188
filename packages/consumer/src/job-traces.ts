/**
 * Spans of jobs, by OpenTelemetry's messaging conventions:
 *
 *     send (the dispatcher) ◀──link── receive (a claim: one span, however many jobs)
 *       ├─ process ─ ─ ─ also a link to its send, as the conventions ask for
 *       │     └─ settle
 *       └─ settle   of a job that did not run
 *
 * A trace goes from the request that sent the job to the end of the job, each attempt in it. What a job carries, gives
 * back or fails with is never in a span: an error is told of by its class alone.
 *
 * Without a tracer there is no object of these at all, and who would call them does not.
 */
import { parseTraceparent } from '@fairlead/core';
import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Context as TraceContext,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { ClaimedJob } from './claimer-port.ts';
import type { FailureReason, FinishOutcome } from './events.ts';

export interface JobTraces {
  /** A claim that gave these jobs was answered just now. */
  received(jobs: readonly ClaimedJob[], durationMs: number): void;
  /** An attempt begins. */
  process(job: ClaimedJob): ProcessSpan;
  /** Redis and the ledger are being told what became of a job; `process` when it ran. */
  settle(job: ClaimedJob, process: ProcessSpan | undefined): SettleSpan;
}

export interface ProcessSpan {
  /** The handler's `ctx.span`. */
  readonly span: Span;
  /** Does the handler's work in the span's context. */
  run<T>(work: () => T): T;
  /** @param failure the class of what went wrong */
  end(outcome: string, failure?: FailureReason): void;
}

export interface SettleSpan {
  end(outcome: FinishOutcome): void;
}

/** What handlers have as `ctx.span` when nothing is traced: it takes everything and keeps nothing. */
export const NO_SPAN: Span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** The SDK keeps no more links of a span, by default. */
const MAX_LINKS = 128;

export function createJobTraces(tracer: Tracer): JobTraces {
  return {
    received(jobs, durationMs) {
      const endTime = Date.now();
      const workspaces = new Set(jobs.map(({ workspace }) => workspace));
      const [only] = workspaces.size === 1 ? workspaces : [];
      const attributes = {
        ...operation('receive'),
        'messaging.batch.message_count': jobs.length,
        ...(only === undefined ? {} : destination(only)),
      };
      const options = {
        kind: SpanKind.CLIENT,
        attributes,
        links: linksTo(jobs),
        startTime: endTime - durationMs,
      };
      tracer.startSpan('receive', options, ROOT_CONTEXT).end(endTime);
    },

    process(job) {
      const sender = senderOf(job);
      const span = tracer.startSpan(
        'process',
        {
          kind: SpanKind.CONSUMER,
          attributes: {
            ...operation('process'),
            ...attributesOf(job),
            'fairlead.attempt': job.attempt,
            'fairlead.grant.reason': grantReason(job),
            // Since when a retry could have run, nobody has noted.
            ...(job.runnableAtMs === undefined
              ? {}
              : { 'fairlead.wait_ms': Math.max(0, job.claimedAtMs - job.runnableAtMs) }),
          },
          links: sender === undefined ? [] : [{ context: sender }],
        },
        within(sender),
      );
      return {
        span,
        run: (work) => context.with(trace.setSpan(within(sender), span), work),
        end(outcome, failure) {
          span.setAttribute('fairlead.attempt.outcome', outcome);
          if (failure !== undefined) {
            span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },

    settle(job, process) {
      const parent = process === undefined ? senderOf(job) : process.span.spanContext();
      const span = tracer.startSpan(
        'settle',
        { kind: SpanKind.CLIENT, attributes: { ...operation('settle'), ...attributesOf(job) } },
        within(parent),
      );
      return {
        end(outcome) {
          span.setAttribute('fairlead.outcome', outcome);
          if (outcome === 'abandoned') {
            span.setAttribute('error.type', outcome).setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
  };
}

function operation(name: 'receive' | 'process' | 'settle'): Attributes {
  return {
    'messaging.system': 'bullmq',
    'messaging.operation.name': name,
    'messaging.operation.type': name,
    'messaging.destination.template': 'workspace.{id}',
  };
}

/** A workspace's queue has its name. */
function destination(workspace: string): Attributes {
  return { 'messaging.destination.name': workspace, 'fairlead.workspace': workspace };
}

function attributesOf({ workspace, id, type }: ClaimedJob): Attributes {
  return { ...destination(workspace), 'messaging.message.id': id, 'fairlead.job.type': type };
}

/** How a job came to be runnable, when its workspace had its turn, a free slot and a token. */
function grantReason({ stalledCount, attempt, runnableAtMs, createdAtMs }: ClaimedJob): string {
  if (stalledCount > 0) return 'recovered';
  if (attempt > 1) return 'retry';
  return runnableAtMs !== undefined && runnableAtMs > createdAtMs ? 'delay_over' : 'fair_share';
}

function senderOf({ traceparent }: ClaimedJob): SpanContext | undefined {
  const parsed = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return parsed && { ...parsed, isRemote: true };
}

function within(parent: SpanContext | undefined): TraceContext {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** Jobs of one batch were sent by one span. */
function linksTo(jobs: readonly ClaimedJob[]): Link[] {
  const senders = new Map<string, SpanContext>();
  for (const job of jobs) {
    if (senders.size >= MAX_LINKS) break;
    const sender = senderOf(job);
    if (sender !== undefined) senders.set(sender.traceId + sender.spanId, sender);
  }
  return [...senders.values()].map((sender) => ({ context: sender }));
}
