import type { By } from '../audit.ts';
import type { Database } from '../database.ts';
import { type Accept, createAccept } from './accept.ts';
import { acceptedBefore, type KeyedRequest } from './accepted-before.ts';
import { attemptFailed, type FailedAttempt } from './attempt-failed.ts';
import { createBacklog } from './backlog.ts';
import { type CancelOutcome, cancel } from './cancel.ts';
import { type Finish, finish } from './finish.ts';
import { prune } from './prune.ts';
import { markQueued, relayNow } from './queued.ts';
import { get, type JobPage, type ListOptions, list } from './read.ts';
import type { JobRecord, JobToAdd } from './record.ts';
import { createRelay, type TakeForRelay } from './relay.ts';
import {
  type AuditPage,
  auditPage,
  changedSince,
  jobsToAdd,
  type Place,
  type RestorePage,
  unfinishedPage,
} from './restore.ts';
import { type RetryOutcome, redrive, retry } from './retry.ts';
import { unfinishedIn } from './unfinished.ts';
import { type Verdict, verdicts } from './verdicts.ts';

/**
 * Jobs: what was accepted and must run.
 *
 *   accept ─► accepted ─ markQueued ─► queued ─ finish ─► succeeded ─┐
 *                │                       │  └── finish ─► dead ──────┼─ prune ─► (gone)
 *                └──── finish, cancel ───┴──── cancel ──► cancelled ─┘
 *
 * and dead ─ retry, redrive ─► accepted. All verbs take lists and cost a bounded number of statements per call, none
 * per job. All throw LEDGER_UNAVAILABLE when Postgres cannot be used. Lists may be of any order and hold the ids of
 * jobs that are not in the ledger. Times that Postgres compares with now are measured by its clock.
 */
export interface Jobs {
  /** Durable when it resolves; see accept.ts. Answers in the order of the items. */
  readonly accept: Accept;
  /** What `accept` would say of those that are there already; accepts nothing. See accepted-before.ts. */
  acceptedBefore(requests: readonly KeyedRequest[]): ReturnType<typeof acceptedBefore>;
  /** Redis has them. Answers with those that became `queued`: only `accepted` ones do, and none in another life. See queued.ts. */
  markQueued(ids: readonly string[]): Promise<Set<string>>;
  /** Redis refused them: due for the relay at once. */
  relayNow(ids: readonly string[]): Promise<void>;
  /** Which of the claimed jobs may run. */
  verdicts(ids: readonly string[]): Promise<Map<string, Verdict>>;
  /** The ids whose outcome is recorded by this call: the first finisher wins. */
  finish(finishes: readonly Finish[]): Promise<Set<string>>;
  attemptFailed(failed: readonly FailedAttempt[]): Promise<void>;
  /** Of these three, what was done is in the audit when it is known who did it. */
  cancel(workspace: string, id: string, by?: By): Promise<CancelOutcome>;
  /** A dead letter gets all its attempts again. */
  retry(workspace: string, id: string, by?: By): Promise<RetryOutcome>;
  redrive(
    workspace: string,
    options: { limit: number; type?: string | undefined },
    by?: By,
  ): Promise<JobToAdd[]>;
  get(workspace: string, id: string): Promise<JobRecord | undefined>;
  list(workspace: string, options: ListOptions): Promise<JobPage>;
  /** Unfinished jobs per workspace; cheap, and up to half a second old. See backlog.ts. */
  backlogOf(workspaces: readonly string[]): Promise<Map<string, number>>;
  /** Those of the workspaces that have a job which is not finished, as of now. */
  unfinishedIn(workspaces: readonly string[]): Promise<Set<string>>;
  /** See relay.ts. */
  readonly takeForRelay: TakeForRelay;
  unfinishedPage(cursor: Place | undefined, limit: number): Promise<RestorePage>;
  changedSince(sinceMs: number, cursor: Place | undefined, limit: number): Promise<RestorePage>;
  auditPage(options: { olderThanMs: number; cursor?: Place | undefined; limit: number }): Promise<AuditPage>;
  jobsToAdd(ids: readonly string[]): Promise<JobToAdd[]>;
  prune(olderThanMs: number, limit: number): Promise<number>;
}

export interface JobsOptions {
  /** How long a dispatcher may take to add an accepted job before the relay does. Default 10,000. */
  readonly relayGraceMs?: number;
  /** Jobs due later than this from now stay in Postgres until then. Default 15 minutes. */
  readonly horizonMs?: number;
  /** Nobody waits longer for `accept`. Default 5,000. */
  readonly acceptDeadlineMs?: number;
}

const RELAY_GRACE_MS = 10_000;
export const HORIZON_MS = 15 * 60_000;
const ACCEPT_DEADLINE_MS = 5_000;

export function createJobs(database: Database, options: JobsOptions = {}): Jobs {
  const relayGraceMs = options.relayGraceMs ?? RELAY_GRACE_MS;
  const horizonMs = options.horizonMs ?? HORIZON_MS;
  const deadlineMs = options.acceptDeadlineMs ?? ACCEPT_DEADLINE_MS;
  const accept = createAccept(database, { relayGraceMs, horizonMs, deadlineMs });
  const backlog = createBacklog(database);
  return {
    async accept(items) {
      const answers = await accept(items);
      backlog.grew(
        items.filter((_, place) => answers[place]?.outcome === 'accepted').map((item) => item.workspace),
      );
      return answers;
    },
    acceptedBefore: (requests) => acceptedBefore(database, requests),
    markQueued: (ids) => markQueued(database, ids, relayGraceMs),
    relayNow: (ids) => relayNow(database, ids),
    verdicts: (ids) => verdicts(database, ids),
    finish: (finishes) => finish(database, finishes),
    attemptFailed: (failed) => attemptFailed(database, failed),
    cancel: (workspace, id, by) => cancel(database, workspace, id, by),
    async retry(workspace, id, by) {
      const answer = await retry(database, workspace, id, relayGraceMs, by);
      if (answer.outcome === 'retried') backlog.grew([workspace]);
      return answer;
    },
    async redrive(workspace, limits, by) {
      const revived = await redrive(database, workspace, limits, relayGraceMs, by);
      backlog.grew(revived.map((job) => job.workspace));
      return revived;
    },
    get: (workspace, id) => get(database, workspace, id),
    list: (workspace, wanted) => list(database, workspace, wanted),
    backlogOf: (workspaces) => backlog.of(workspaces),
    unfinishedIn: (workspaces) => unfinishedIn(database, workspaces),
    takeForRelay: createRelay(database),
    unfinishedPage: (cursor, limit) => unfinishedPage(database, cursor, limit),
    changedSince: (sinceMs, cursor, limit) => changedSince(database, sinceMs, cursor, limit),
    auditPage: (wanted) => auditPage(database, wanted),
    jobsToAdd: (ids) => jobsToAdd(database, ids),
    prune: (olderThanMs, limit) => prune(database, olderThanMs, limit),
  };
}
