/** What a tick needs that is not in the states. Whatever cannot be had is null, and said once. */
import type { Drill } from '@fairlead/core';
import type { ControlReading, ControlSignals } from '@fairlead/ledger';
import type { Gathered } from '../decide/decide-all.ts';
import { workspaceOf } from '../decide/memory.ts';
import { followedWindow } from '../decide/promotion.ts';
import { NOTHING_TOLD } from '../gather/vitals.ts';
import type { Term } from './leader.ts';

/** Missed ticks in a row that are no blind spot yet. */
const MAX_MISSED = 3;
const ONE_IN_BP = 10_000;

export async function gatherTick(
  term: Term,
  { nowMs, overrides }: ControlReading,
  lastTickAtMs: number,
): Promise<Gathered> {
  const { parts, counting, loads, actuator } = term;
  const { complaints, scheduler, policies, tickMs } = parts;
  const { autoscale } = policies.policy.policy;
  const [signals, read, live, memory, observed] = await Promise.all([
    parts.ledger.signals(term.signalsMark),
    complaints.unlessFailing('reports are read', counting.read()),
    complaints.unlessFailing('the loads of workspaces are read', loads.take()),
    complaints.unlessFailing('the memory of Redis is read', scheduler.memory()),
    actuator.observe(),
  ]);
  applyLimits(term, signals);
  term.signalsMark = signals.mark;

  const isCaughtUp = read !== null;
  // A tick that comes late has not measured longer.
  const sampleFromMs = Math.max(lastTickAtMs, nowMs - 2 * tickMs);
  const isSampled = isCaughtUp && counting.isWhole({ startMs: sampleFromMs, endMs: nowMs });
  const told = counting.vitals.take(sampleFromMs, nowMs);
  const recentFromMs = nowMs - autoscale.failureWindowMs;
  const drills: readonly Drill[] = parts.drills === 'on' ? overrides.drills : [];
  return {
    cluster: {
      contention: {
        ...(isSampled ? told : NOTHING_TOLD),
        ledgerLagMs: signals.writeLagMs,
        redisMemoryBp: memory && memoryBp(memory),
      },
      ended: isCaughtUp ? counting.endedSince(recentFromMs) : null,
      duplicatesTotal: signals.duplicatesTotal,
      loads: live,
      finished: isCaughtUp ? counting.finishedSince(recentFromMs) : null,
      observed,
      actuator: actuator.kind,
      drills,
    },
    isCaughtUp,
    contention: term.contention,
    drilledAtMs: term.drilledAtMs,
    exercise: term.exercise,
    maxGapMs: (MAX_MISSED + 1) * tickMs,
    duplicates: signals.duplicatesByWorkspace,
    duplicateDispatches: signals.duplicateDispatchesByWorkspace,
    promotionRollout: term.features.get('promotion'),
  };
}

/** Of the fullest; without a limit it cannot be full. */
function memoryBp({
  usedBytes,
  maxBytes,
}: {
  readonly usedBytes: number;
  readonly maxBytes: number;
}): number {
  return maxBytes === 0 ? 0 : Math.floor((usedBytes * ONE_IN_BP) / maxBytes);
}

/** Settings that changed; who may be promoted from now on is counted from now on. */
function applyLimits({ memory, counting, parts }: Term, { limits }: ControlSignals): void {
  const { policy } = parts.policies.policy;
  for (const { workspace: id, maxBacklog, highQuotaEnabled } of limits) {
    const workspace = workspaceOf(memory, policy, id);
    workspace.maxBacklog = maxBacklog;
    workspace.eligible = highQuotaEnabled;
    counting.windows.follow(id, followedWindow(policy, workspace));
  }
}
