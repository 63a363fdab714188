/**
 * The loop of a controller, round after round, a second apart:
 *
 *     standby ──lease──▶ in office: count, and tick when it is time ──lease lost, out of step──▶ standby
 *
 * While Postgres is away a leader goes on counting, and decides nothing; while Redis is away it decides on what it
 * knows, and what it does not know raises nothing.
 */

import type { DecisionRecord } from '@fairlead/core';
import type { Loop } from '@fairlead/http';
import { createLoop } from './every.ts';
import { keepCounting, type LeaderParts, type Term, takeOffice } from './leader.ts';
import type { Leadership } from './leadership.ts';
import type { TickSeen } from './seen.ts';
import { type TickOutcome, tick } from './tick.ts';

export interface ControlParts extends LeaderParts {
  readonly leadership: Leadership;
  readonly metrics: LeaderParts['metrics'] & TickMetrics;
  readonly logger: { info(fields: object, message: string): void };
  /** After each tick, and when a term begins: there may be new decisions. */
  readonly onWritten: () => void;
}

export interface TickMetrics {
  ticked(outcome: 'done' | 'lease_lost' | 'failed', seconds: number): void;
  decided(decision: { kind: string; reason: string; action: string }, decisions: number): void;
  repeated(kind: string, decisions: number): void;
}

export interface Control extends Loop {
  /** Once: takes the lease or renews it, counts, and ticks when it is time. Never rejects. */
  round(): Promise<void>;
  /** One tick now, whatever the time, when this controller leads; undefined when it does not, or when it failed. */
  tick(): Promise<TickOutcome['outcome'] | undefined>;
  isLeader(): boolean;
  /** What the last tick saw; undefined while somebody else leads. */
  seen(): TickSeen | undefined;
}

const EVERY_MS = 1_000;

export function createControl(parts: ControlParts): Control {
  const { leadership, complaints, metrics, clock, onWritten } = parts;
  let term: Term | undefined;
  /** It was said that this controller leads, and not yet that another does. A term may end before that is known. */
  let saidToLead = false;

  /** The term of the lease that we hold; undefined: none. */
  async function office(): Promise<Term | undefined> {
    const fence = await leadership.ensure();
    if (fence === undefined) leave(true);
    else if (term?.fence.epoch !== fence.epoch) {
      term = undefined;
      term = await takeOffice(parts, fence);
      parts.logger.info({ epoch: fence.epoch, tick: term.memory.tick }, 'this controller leads');
      saidToLead = true;
      onWritten();
    }
    return term;
  }

  function leave(isLost: boolean): void {
    if (isLost) {
      leadership.lost();
      if (saidToLead) parts.logger.info({}, 'another controller leads');
      saidToLead = false;
    }
    term = undefined;
  }

  async function tickOnce(current: Term): Promise<TickOutcome['outcome']> {
    const startedAtMs = clock();
    const seconds = () => (clock() - startedAtMs) / 1_000;
    try {
      const ticked = await tick(current);
      complaints.tell('ticks are written', undefined);
      if (ticked.outcome === 'done') {
        metrics.ticked('done', seconds());
        tell(parts, ticked);
        onWritten();
      } else if (ticked.outcome !== 'repeated') {
        metrics.ticked('lease_lost', seconds());
        leave(ticked.outcome === 'lease_lost');
      }
      return ticked.outcome;
    } catch (error) {
      metrics.ticked('failed', seconds());
      // Nobody knows what was written, and the memory is of what was decided.
      if (current.isAhead) leave(false);
      throw error;
    }
  }

  async function round(): Promise<void> {
    // While nobody can be asked, whoever leads goes on counting.
    const current = (await complaints.unlessFailing('Postgres is reached', office())) ?? term;
    if (current === undefined) return;
    if ((await keepCounting(current)) === 'lost') return leave(true);
    if (clock() < current.nextTickAtMs) return;
    await tickOnce(current).catch((error: unknown) => complaints.tell('ticks are written', error));
  }

  const loop = createLoop(round, EVERY_MS);
  // Beside the rounds, for a round may last longer than a lease while Redis does not answer.
  const renewals = createLoop(async () => void (await leadership.ensure().catch(() => {})), EVERY_MS);
  return {
    start() {
      loop.start();
      renewals.start();
    },
    round,
    async tick() {
      const current = await complaints.unlessFailing('Postgres is reached', office());
      return current ? tickOnce(current).catch(() => undefined) : undefined;
    },
    async stop() {
      await Promise.all([loop.stop(), renewals.stop()]);
      term = undefined;
      await leadership.release();
    },
    isLeader: () => term !== undefined,
    seen: () => term?.seen,
  };
}

/** Counts everything, and says what matters: whatever raised or lowered something, and how a rollout ended. */
function tell(
  { metrics, logger }: ControlParts,
  { records, repeats }: Extract<TickOutcome, { outcome: 'done' }>,
): void {
  for (const [kind, times] of Object.entries(repeats)) if (times > 0) metrics.repeated(kind, times);
  const said = Map.groupBy(records, ({ kind, reasonCode, action }) => `${kind} ${reasonCode} ${action}`);
  for (const [first, ...others] of said.values() as Iterable<[DecisionRecord, ...DecisionRecord[]]>) {
    metrics.decided({ kind: first.kind, reason: first.reasonCode, action: first.action }, 1 + others.length);
  }
  for (const { id, kind, subject, action, reasonCode, from, to, synthetic } of records) {
    if (action === 'hold' && !ENDS.has(reasonCode)) continue;
    const about = { decision: id, subject: subject.id, reason: reasonCode, from, to };
    logger.info(synthetic ? { ...about, synthetic } : about, `${kind}: ${WORDS[action]}`);
  }
}

const ENDS: ReadonlySet<string> = new Set(['completed', 'aborted']);
const WORDS = { raise: 'raised', lower: 'lowered', hold: 'ended' } as const;
