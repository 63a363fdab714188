import type { JobState } from '../generated/client.ts';
import type { JobOptions } from './record.ts';

export interface JobToAccept {
  /** A uuid v7, made by us: never a client's text. */
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  /** A JSON text. */
  readonly payloadJson: string;
  readonly options?: JobOptions | undefined;
  readonly maxAttempts: number;
  readonly priority?: number | undefined;
  /** Not before; milliseconds since 1970. */
  readonly runAtMs?: number | undefined;
  /** The same key in the same workspace is the same job. */
  readonly idempotencyKey?: string | undefined;
  /** Tells whether the same key came with the same request. */
  readonly requestHash?: string | undefined;
  readonly traceparent?: string | undefined;
}

export type AcceptOutcome =
  /** Durable. With `dueLater` it must not be added to Redis yet: the relay does it in time. */
  | { readonly outcome: 'accepted'; readonly id: string; readonly dueLater: boolean }
  /** The same request was accepted before. */
  | { readonly outcome: 'duplicate'; readonly id: string; readonly state: JobState }
  /** The key was used for another request. */
  | { readonly outcome: 'key_reused'; readonly id: string };
