/**
 * The reconciler: notices that Redis has lost data, and adds again what the ledger remembers.
 *
 * Loss is noticed, not searched for. Each shard has a generation, written once, and a beat that rises every second:
 *
 *     another generation, or none noted ──▶ flushed or replaced ──▶ add every queued job
 *     a beat older than the last one seen ──▶ the last seconds are gone ──▶ add what was queued since then
 *     another server process ──▶ it may have lost what came after its last beat ──▶ the same
 *
 * Only one dispatcher does this, under a lease; what it notes carries the lease's epoch, so that one that was
 * frozen cannot write over its successor. Besides, an audit pages slowly through what has been queued for more
 * than a minute and adds what is missing: for losses that leave generation and beat in place.
 *
 * Adding what Redis still has changes nothing, and what is finished in the ledger is never added; so every one of
 * these may err on the side of adding. One tenant's corrupt queue holds nobody up: its jobs are left to the audit, which
 * comes by again. Live work goes before the restore, which rests as long as it works.
 */
import { type Loop, pause } from '@fairlead/http';
import type { Fence, Generations, Jobs, Place, JobToAdd as RecordedJob } from '@fairlead/ledger';
import type { Producer, Scheduler, ShardState } from '@fairlead/scheduler';
import { toAddAgain } from './job-mapping.ts';
import { createLeasedLoop, type LeasedLoopParts } from './leased-loop.ts';

export interface ReconcilerParts extends Pick<LeasedLoopParts, 'leases' | 'holder' | 'logger'> {
  readonly jobs: Pick<Jobs, 'unfinishedPage' | 'changedSince' | 'auditPage' | 'jobsToAdd'>;
  readonly generations: Generations;
  readonly scheduler: Pick<Scheduler, 'shardStates' | 'beat' | 'missing' | 'removeDead'>;
  readonly producer: Producer;
  readonly now: () => number;
  readonly everyMs?: number;
  /** From the end of one page of the audit to the next, at least. */
  readonly auditEveryMs?: number;
}

const EVERY_MS = 1_000;
const LEASE = 'reconciler';
const LEASE_MS = 10_000;
/** Jobs added in one go: payloads may be large. */
const PAGE = 500;
/** What Redis was told this long before the last beat is added again too: a beat is a second old at most. */
const MARGIN_MS = 5_000;
/** A page that took long, perhaps for a frozen Redis, must not cost the lease as well. */
const MAX_REST_MS = 1_000;
const AUDIT_EVERY_MS = 10_000;
/** At most, of Redis' time; for this the time until its answers is taken, which is more. */
const AUDIT_SHARE = 0.02;
const AUDIT_OLDER_MS = 60_000;
const AUDIT_PAGE = 1_000;

export interface Reconciler extends Loop {
  /**
   * Seconds since the audit began its last whole pass, or since it began here; undefined while another dispatcher has the
   * lease. What Redis lost before then is there again.
   */
  auditLagSeconds(): number | undefined;
}

export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { jobs, leases, generations, scheduler, producer, logger, holder, now } = parts;
  const { everyMs = EVERY_MS, auditEveryMs = AUDIT_EVERY_MS } = parts;
  const stopping = new AbortController();
  let auditFrom: Place | undefined;
  let auditDueMs = Number.NEGATIVE_INFINITY;
  /** When the pass under way began, and the last whole one. */
  let passMs = 0;
  let wholePassMs = 0;
  let heldMs = Number.NEGATIVE_INFINITY;
  /** Workspaces that were complained of. */
  const refusing = new Set<string>();
  /** By shard. */
  const servers = new Map<number, string>();

  async function addAgain(found: readonly RecordedJob[]): Promise<number> {
    // Retried in a second that Redis has lost, or in the moment between the ledger's word and Redis': its dead namesake
    // would make adding a no-op.
    await scheduler.removeDead(found);
    const answers = found.length === 0 ? [] : await producer.add(found.map((job) => toAddAgain(job, now())));
    let added = 0;
    answers.forEach((answer, i) => {
      const { workspace } = found[i] as RecordedJob;
      if (answer.outcome === 'added') {
        refusing.delete(workspace);
        added++;
      } else if (answer.refusedBy === 'redis') {
        throw answer.error;
      } else if (!refusing.has(workspace)) {
        refusing.add(workspace);
        logger.warn(
          { workspace, reason: answer.error.message },
          'jobs of this workspace are not in Redis and cannot be added; the audit tries again',
        );
      }
    });
    return added;
  }

  /** Undefined: it was broken off, for the shutdown or for another dispatcher that has the lease now. */
  async function addPages(
    page: (cursor: Place | undefined) => Promise<{ jobs: RecordedJob[]; next: Place | null }>,
  ): Promise<number | undefined> {
    let added = 0;
    let cursor: Place | undefined;
    while (!stopping.signal.aborted) {
      // A long restore must not outlive the lease: another would begin it anew beside us.
      if ((await leases.acquire(LEASE, holder, LEASE_MS)).outcome === 'taken') break;
      const begunMs = performance.now();
      heldMs = begunMs;
      const { jobs: found, next } = await page(cursor);
      added += await addAgain(found);
      if (next === null) return added;
      cursor = next;
      await pause(Math.min(performance.now() - begunMs, MAX_REST_MS), stopping.signal);
    }
    return undefined;
  }

  /** False: it was broken off, so that nothing may be noted as repaired. */
  async function repair(
    states: readonly ShardState[],
    seenBefore: ReadonlyMap<number, { generation: string; beat: number }>,
  ): Promise<boolean> {
    let lostAll = false;
    let lostSince: number | undefined;
    for (const { shard, generation, beat, server } of states) {
      const before = seenBefore.get(shard);
      if (before === undefined || before.generation !== generation) lostAll = true;
      else if ((beat ?? 0) < before.beat || server !== servers.get(shard)) {
        lostSince = Math.min(lostSince ?? before.beat, beat ?? 0, before.beat);
      }
    }
    if (lostAll) {
      const added = await addPages((cursor) => jobs.unfinishedPage(cursor, PAGE));
      if (added === undefined) return false;
      logger.info({ jobs: added }, 'Redis is another than before: it has all queued jobs of the ledger now');
    } else if (lostSince !== undefined) {
      const sinceMs = lostSince - MARGIN_MS;
      const added = await addPages((cursor) => jobs.changedSince(sinceMs, cursor, PAGE));
      if (added === undefined) return false;
      logger.info(
        { jobs: added },
        'Redis may have lost its last seconds: it has the jobs of that time again',
      );
    }
    for (const { shard, server } of states) servers.set(shard, server);
    return true;
  }

  async function audit(): Promise<void> {
    if (auditFrom === undefined) passMs = performance.now();
    const page = await jobs.auditPage({ olderThanMs: AUDIT_OLDER_MS, cursor: auditFrom, limit: AUDIT_PAGE });
    const begunMs = performance.now();
    const missing = await scheduler.missing(page.jobs);
    const added =
      missing.length === 0 ? 0 : await addAgain(await jobs.jobsToAdd(missing.map(({ id }) => id)));
    if (added > 0) logger.warn({ jobs: added }, 'Redis had lost jobs that were queued: it has them again');
    auditFrom = page.next ?? undefined;
    if (auditFrom === undefined) wholePassMs = passMs;
    const endedMs = performance.now();
    auditDueMs = endedMs + Math.max(auditEveryMs, (endedMs - begunMs) / AUDIT_SHARE);
  }

  async function round(fence: Fence, nowMs: number): Promise<'wait'> {
    holding();
    const states = await scheduler.shardStates();
    // Whoever brings the settings writes the generation; until then claims are refused, and jobs can wait.
    if (states.some(({ generation }) => generation === undefined)) return 'wait';
    const seenBefore = new Map((await generations.all()).map((seen) => [seen.shard, seen]));
    if (!(await repair(states, seenBefore))) return 'wait';
    await beatAndNote(states, nowMs, fence);
    if (performance.now() >= auditDueMs) await audit();
    return 'wait';
  }

  /** After a time without the lease another's audit has gone on, and ours begins anew. */
  function holding(): void {
    const nowMs = performance.now();
    if (nowMs - heldMs > LEASE_MS) {
      auditFrom = undefined;
      wholePassMs = nowMs;
    }
    heldMs = nowMs;
  }

  /** What is not as it was seen any more gets no beat: the next round looks at it again. */
  async function beatAndNote(states: readonly ShardState[], beat: number, fence: Fence): Promise<void> {
    const raised = await scheduler.beat(states, beat);
    const seen = raised.flatMap(({ shard, generation }) =>
      generation === undefined ? [] : { shard, generation, beat },
    );
    await generations.note(seen, fence);
  }

  const loop = createLeasedLoop({
    leases,
    holder,
    logger,
    everyMs,
    round,
    lease: LEASE,
    leaseMs: LEASE_MS,
    what: 'the reconciler',
  });
  return {
    auditLagSeconds() {
      const nowMs = performance.now();
      return nowMs - heldMs > LEASE_MS ? undefined : (nowMs - wholePassMs) / 1_000;
    },
    start: loop.start,
    stop() {
      stopping.abort();
      return loop.stop();
    },
  };
}
