import { type Job, Prisma } from '../generated/client.ts';

/** A job as it stands in the ledger. `payload`, `options` and `result` are parsed JSON. */
export type JobRecord = Omit<Job, 'requestHash' | 'relayAt'>;

export const RECORD_COLUMNS = Prisma.sql`j."id", j."workspace", j."type", j."payload", j."options", j."state",
  j."attempts", j."maxAttempts", j."priority", j."runAt", j."idempotencyKey", j."result", j."lastError",
  j."createdAt", j."queuedAt", j."startedAt", j."finishedAt", j."traceparent"`;

/** How a job runs, as its caller wished it. */
export interface JobOptions {
  readonly backoff?: {
    readonly type: 'fixed' | 'exponential';
    readonly delayMs: number;
    readonly jitter?: number;
  };
  readonly timeoutMs?: number;
  readonly lifo?: boolean;
}

/** What Redis has to be told of a job. */
export interface JobToAdd {
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  /** As text: it is handed on, not looked at. */
  readonly payloadJson: string;
  readonly options: JobOptions;
  /** Attempts that have failed so far. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly priority: number;
  readonly runAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly traceparent: string | undefined;
}

export const TO_ADD_COLUMNS = Prisma.sql`j."id", j."workspace", j."type", j."payload"::text AS "payloadJson", j."options",
  j."attempts", j."maxAttempts", j."priority", j."runAt", j."createdAt", j."traceparent"`;

export type ToAddRow = Pick<
  Job,
  | 'id'
  | 'workspace'
  | 'type'
  | 'attempts'
  | 'maxAttempts'
  | 'priority'
  | 'runAt'
  | 'createdAt'
  | 'traceparent'
> & { payloadJson: string; options: JobOptions };

export function toJobToAdd(row: ToAddRow): JobToAdd {
  const { runAt, createdAt, traceparent, ...same } = row;
  return {
    ...same,
    runAtMs: runAt === null ? undefined : Number(runAt),
    createdAtMs: Number(createdAt),
    traceparent: traceparent ?? undefined,
  };
}
