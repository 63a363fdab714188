import type { Worker } from 'bullmq';
import { Job } from 'bullmq';
import { traceparentOf } from './telemetry-option.ts';

/** The hash field that says since when no replica knew the job's type (ms). Not one of BullMQ's. */
export const UNKNOWN_SINCE_FIELD = 'flUnknownSince';

/** A job in the hands of this replica, under a lock that the claimer renews. */
export interface ClaimedJob {
  readonly workspace: string;
  readonly id: string;
  /** The lock's token, unique for the claim that took the job. */
  readonly token: string;
  readonly type: string;
  /** Parsed when it is first read. */
  readonly payload: unknown;
  /** 1 for the first attempt. Stalls and postponements do not count. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number | undefined;
  readonly createdAtMs: number;
  /** When it was first allowed to run: created, plus its delay. Of a retry nobody knows, so undefined. */
  readonly runnableAtMs: number | undefined;
  /** Server time of the claim. */
  readonly claimedAtMs: number;
  /** BullMQ decided earlier that this job must fail, with this reason. */
  readonly deferredFailure: string | undefined;
  /** When it was first postponed because no replica knew its type. */
  readonly unknownSinceMs: number | undefined;
  /** How often it was taken from a replica that had died, or seemed to. */
  readonly stalledCount: number;
  /** Whether it is what killed the replicas that it was taken from. See verbs/blame.lua. */
  readonly poison: boolean;
  /** Whether a ledger has this job. */
  readonly recorded: boolean;
  /** The W3C traceparent of the span that sent it; undefined when nobody traced that. Parsed when it is read. */
  readonly traceparent: string | undefined;
  /** Aborts when the lock is lost (somebody else may run the job now), or when the job was cancelled. */
  readonly signal: AbortSignal;
  /** Whether the job was cancelled while it runs. */
  readonly cancelled: boolean;
}

/** What job options a claim reads; the rest stays text until a rare transition needs it. */
interface StoredOptions {
  readonly attempts?: number;
  readonly recorded?: boolean;
  readonly attemptsBefore?: number;
  readonly delay?: number;
  readonly timeoutMs?: number;
  readonly tm?: string;
  readonly removeOnComplete?: boolean | number | { count?: number; age?: number; limit?: number };
}

/** What the jobs of one claim have in common. */
export interface ClaimOrigin {
  readonly shard: number;
  /** The lock's token. */
  readonly token: string;
  readonly replicaId: string;
  /** Server time. */
  readonly nowMs: number;
  /** The same in this process's monotonic time, ms. */
  readonly receivedAt: number;
  /** What a start of a workspace with runtime fairness was charged, as Redis said it; undefined when there is none. */
  readonly charges: ReadonlyMap<string, string> | undefined;
}

/** The fields of a new and plain job's hash, in the order in which a claim gives their values alone: see activate.lua. */
const SHORT_ANSWER = ['name', 'data', 'opts', 'timestamp', 'delay', 'priority', 'ats'];
/** Those, and what else a claim writes: when, and who. */
const FIELDS_OF_PLAIN = SHORT_ANSWER.length + 2;

/** Reads a claimed job's hash lazily: what no one asks for is neither looked for nor parsed. */
export class ClaimedHash implements ClaimedJob {
  readonly workspace: string;
  readonly id: string;
  readonly #origin: ClaimOrigin;
  /** Field, value, field, value …; or, an odd number, the values of a short answer. */
  readonly #hash: readonly string[];
  #options: StoredOptions | undefined;
  #payload: { value: unknown } | undefined;
  #abort: AbortController | undefined;
  #endedBecause: string | undefined;
  #cancelled = false;

  constructor(workspace: string, id: string, origin: ClaimOrigin, hash: readonly string[]) {
    this.workspace = workspace;
    this.id = id;
    this.#origin = origin;
    this.#hash = hash;
  }

  get shard(): number {
    return this.#origin.shard;
  }

  get token(): string {
    return this.#origin.token;
  }

  get claimedAtMs(): number {
    return this.#origin.nowMs;
  }

  /** What its start was charged, to be settled when it ends; undefined with starts fairness. */
  get charge(): string | undefined {
    return this.#origin.charges?.get(this.workspace);
  }

  /** In this process's monotonic time, ms. */
  get receivedAt(): number {
    return this.#origin.receivedAt;
  }

  /** A hash has about ten fields, of which few are asked for, once each: looking beats a Map of them. */
  #field(name: string): string | undefined {
    if (this.#isShort) return this.#hash[SHORT_ANSWER.indexOf(name)];
    for (let i = 0; i < this.#hash.length; i += 2) {
      if (this.#hash[i] === name) return this.#hash[i + 1];
    }
    return undefined;
  }

  get #isShort(): boolean {
    return this.#hash.length % 2 === 1;
  }

  /** How many fields its hash had after the claim, if it was a new job with nothing special; else undefined. */
  get fieldsOfPlain(): number | undefined {
    return this.#isShort ? FIELDS_OF_PLAIN : undefined;
  }

  get type(): string {
    return this.#field('name') ?? '';
  }

  get payload(): unknown {
    this.#payload ??= { value: JSON.parse(this.#field('data') || '{}') };
    return this.#payload.value;
  }

  get attempt(): number {
    return Number(this.#field('atm') ?? 0) + 1 + (this.options.attemptsBefore ?? 0);
  }

  get maxAttempts(): number {
    return Math.max(1, this.options.attempts ?? 1) + (this.options.attemptsBefore ?? 0);
  }

  get timeoutMs(): number | undefined {
    return this.options.timeoutMs;
  }

  get createdAtMs(): number {
    return Number(this.#field('timestamp'));
  }

  get runnableAtMs(): number | undefined {
    const first = this.attempt === 1 && this.stalledCount === 0 && this.unknownSinceMs === undefined;
    return first ? this.createdAtMs + (this.options.delay ?? 0) : undefined;
  }

  get deferredFailure(): string | undefined {
    return this.#field('defa');
  }

  get unknownSinceMs(): number | undefined {
    const since = this.#field(UNKNOWN_SINCE_FIELD);
    return since === undefined ? undefined : Number(since);
  }

  get stalledCount(): number {
    return Number(this.#field('stc') ?? 0);
  }

  get poison(): boolean {
    return this.#field('flPoison') !== undefined;
  }

  get recorded(): boolean {
    return this.options.recorded === true;
  }

  get traceparent(): string | undefined {
    const { tm } = this.options;
    return tm === undefined ? undefined : traceparentOf(tm);
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#endedBecause !== undefined && !this.#abort.signal.aborted) {
      this.#abort.abort(new Error(this.#endedBecause));
    }
    return this.#abort.signal;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Says that the lock is lost: the signal aborts, now or when it is first asked for. */
  loseLock(): void {
    this.#end('the lock of this job was lost: another replica may run it now');
  }

  /** Says that the job was cancelled: the signal aborts. */
  cancel(): void {
    this.#cancelled = true;
    this.#end('the job was cancelled');
  }

  #end(reason: string): void {
    if (this.#endedBecause !== undefined) return;
    this.#endedBecause = reason;
    this.#abort?.abort(new Error(reason));
  }

  get options(): StoredOptions {
    this.#options ??= JSON.parse(this.#field('opts') || '{}') as StoredOptions;
    return this.#options;
  }

  /** A job scheduler made this job: BullMQ must be told of the claim, so that the next one is planned. */
  get jobSchedulerKey(): string | undefined {
    return this.#field('rjk');
  }

  /** The workspace of the parent of a flow's child, when it is in this shard. */
  get parentWorkspace(): string | undefined {
    const parentKey = this.#field('parentKey');
    return parentKey?.split(':')[1];
  }

  /** The same job as BullMQ's class, for transitions that are BullMQ's own. */
  toStockJob(worker: Worker): Job {
    return Job.fromJSON(worker as never, this.toStockJson() as never, this.id);
  }

  /** The decoded form that BullMQ's classes take. */
  toStockJson(): object {
    const field = (name: string) => this.#field(name);
    const count = (name: string) => Number(field(name) ?? 0);
    return {
      id: this.id,
      name: this.type,
      data: field('data') || '{}',
      opts: Job.optsFromJSON(field('opts')),
      progress: JSON.parse(field('progress') || '0'),
      delay: count('delay'),
      priority: count('priority'),
      timestamp: this.createdAtMs,
      attemptsStarted: count('ats'),
      attemptsMade: count('atm'),
      stalledCounter: count('stc'),
      processedOn: this.claimedAtMs,
      repeatJobKey: field('rjk'),
      deduplicationId: field('deid'),
      failedReason: field('failedReason'),
      deferredFailure: field('defa'),
      stacktrace: field('stacktrace'),
      returnvalue: field('returnvalue'),
      parentKey: field('parentKey'),
      parent: field('parent') ? JSON.parse(field('parent') as string) : undefined,
      processedBy: this.#origin.replicaId,
    };
  }
}
