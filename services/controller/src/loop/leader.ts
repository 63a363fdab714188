/**
 * One term of office: from the lease to its loss.
 *
 *     take office ──▶ say everything anew ──▶ count, once a second ──▶ tick, when its time has come ─┐
 *                                                    ▲                                               │
 *                                                    └───────────────────────────────────────────────┘
 *
 * What a leader has in memory is what the database has, and what was counted since. It is good as long as nobody else
 * writes; the first write that is refused ends the term, and whoever leads then reads everything again.
 */
import type { Hash, Policy } from '@fairlead/core';
import type { ControlReading, Fence } from '@fairlead/ledger';
import { type Actuator, type ActuatorKind, createActuator } from '../act/actuator.ts';
import { createPublisher, type Publisher } from '../act/publisher.ts';
import type { FeatureShare } from '../decide/decide-all.ts';
import type { NamedPolicy } from '../decide/decision-making.ts';
import { type Memory, memoryFrom } from '../decide/memory.ts';
import { followedWindow } from '../decide/promotion.ts';
import { type Counting, createCounting } from '../gather/counting.ts';
import { createLoadGathering, type LoadGathering } from '../gather/loads.ts';
import { type Head, headOf } from '../gather/saved.ts';
import type { Complaints } from './complaints.ts';
import type { LeaderLedger, LeaderScheduler } from './ports.ts';
import type { TickSeen } from './seen.ts';

export interface LeaderParts {
  readonly ledger: LeaderLedger;
  readonly scheduler: LeaderScheduler;
  readonly policies: Policies;
  readonly hash: Hash;
  readonly tickMs: number;
  readonly actuator: ActuatorKind;
  /** Whether exercises may inject signals. */
  readonly drills: 'on' | 'off';
  readonly complaints: Complaints;
  /** Milliseconds that only go forward. */
  readonly clock: () => number;
  readonly metrics: {
    reportsRead(reports: number): void;
    reportsLost(): void;
  };
}

export interface Policies {
  readonly policy: NamedPolicy;
  readonly withoutPromotion: NamedPolicy;
}

/** A leader's memory, and its hands. */
export interface Term {
  readonly parts: LeaderParts;
  readonly fence: Fence;
  readonly memory: Memory;
  readonly counting: Counting;
  readonly loads: LoadGathering;
  readonly publisher: Publisher;
  readonly actuator: Actuator;
  /** Of the signals that were read last; undefined before the first tick. */
  signalsMark: string | undefined;
  /** By feature: the last rollout of it that was started. Nobody else moves rollouts, so it is read once. */
  readonly features: Map<string, FeatureShare>;
  contention: Head['contention'];
  tickedAtMs: number;
  drilledAtMs: number;
  exercise: Head['exercise'];
  /** By `clock`. */
  nextTickAtMs: number;
  seen: TickSeen | undefined;
  /** Something was decided that is not known to be written. */
  isAhead: boolean;
}

/** Reads everything, and says it anew to Redis. Rejects when Postgres is away. */
export async function takeOffice(parts: LeaderParts, fence: Fence): Promise<Term> {
  const { ledger, scheduler, policies, tickMs } = parts;
  const { policy } = policies.policy;
  const [reading, saved, deciding] = await Promise.all([
    ledger.controlStates.read(),
    ledger.windowCounts.read(),
    ledger.rollouts.deciding(),
  ]);
  const memory = memoryFrom(policy, reading.tick, memoriesOf(reading));
  const counting = createCounting(scheduler, saved);
  followWindows(policy, memory, counting);
  counting.windows.forgetOthers();
  const publisher = createPublisher({
    scheduler,
    epoch: fence.epoch,
    tickMs,
    allQuotas: () => quotasOf(memory),
  });
  const head = headOf(saved.head);
  // The counts of the last tick need not have been saved.
  const tickedAtMs = Math.max(head.tickedAtMs, reading.tickedAtMs);
  const term: Term = {
    parts,
    fence,
    memory,
    counting,
    loads: createLoadGathering(scheduler),
    publisher,
    actuator: createActuator(parts.actuator, publisher, scheduler),
    signalsMark: undefined,
    features: new Map(deciding.map(({ feature, name, shareBp }) => [feature, { name, shareBp }])),
    contention: head.contention,
    tickedAtMs,
    drilledAtMs: head.drilledAtMs,
    exercise: head.exercise,
    nextTickAtMs: parts.clock() + Math.max(0, nextSlot(tickedAtMs, tickMs) - reading.nowMs),
    seen: undefined,
    isAhead: false,
  };
  const { capacity } = memory.autoscale.state;
  await parts.complaints.unlessFailing(
    'decisions reach Redis',
    publisher.publish({ capacity, pressures: undefined }, []),
  );
  return term;
}

/**
 * Between ticks: takes reports in, and says again to Redis what did not get through. `lost`: somebody else leads.
 */
export async function keepCounting({
  parts,
  counting,
  publisher,
  loads,
  nextTickAtMs,
}: Term): Promise<'lost' | 'on'> {
  const { complaints, metrics, clock } = parts;
  const kept = await complaints.unlessFailing('decisions reach Redis', publisher.keepUp());
  if (kept === 'old_epoch') return 'lost';
  const read = await complaints.unlessFailing('reports are read', counting.read());
  if (read !== null) metrics.reportsRead(read.reports);
  if (read?.lost) metrics.reportsLost();
  if (clock() >= nextTickAtMs - loads.leadMs()) loads.begin();
  return 'on';
}

/** Ticks are in step with the clock of Postgres, whoever leads: at most one in each span of this length. */
export function nextSlot(atMs: number, tickMs: number): number {
  return (Math.floor(atMs / tickMs) + 1) * tickMs;
}

/** Counts those windows that are to be judged next. */
function followWindows(policy: Policy, memory: Memory, { windows }: Counting): void {
  for (const workspace of memory.workspaces.values()) {
    windows.follow(workspace.subject.id, followedWindow(policy, workspace));
  }
}

function quotasOf({ workspaces }: Memory) {
  return [...workspaces.values()]
    .filter(({ promotion }) => promotion.last !== null)
    .map(({ subject, promotion }) => ({ workspace: subject.id, quota: promotion.state.quota }));
}

function memoriesOf({ memories }: ControlReading) {
  if (memories === undefined) throw new Error('a whole reading has memories');
  return memories;
}
