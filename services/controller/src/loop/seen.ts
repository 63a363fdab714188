/** What the last tick saw, in the terms of the metrics. */
import {
  basisPoints,
  CONTENTION_MEASURES,
  type ContentionMeasure,
  type ContentionPolicy,
  type ContentionSample,
  isPromoted,
  type Level,
  type Policy,
} from '@fairlead/core';
import type { ControllerSeen } from '@fairlead/telemetry';
import type { AllDecided } from '../decide/decide-all.ts';
import type { Memory } from '../decide/memory.ts';

export type TickSeen = ControllerSeen;

/** @param decided of the tick; `capacity` undefined while capacity is not decided on */
export function seenOf({
  memory,
  capacity: decision,
  signals,
  pressures,
  policy,
}: AllDecided & { readonly memory: Memory; readonly policy: Policy }): TickSeen {
  const { capacity, replicas } = memory.autoscale.state;
  const { contention } = memory.shadow ?? memory.autoscale.state;
  const levels = [...pressures.workspaces.values()].map(({ level }) => level);
  const count = (level: Level) => levels.filter((each) => each === level).length;
  let promoted = 0;
  for (const { promotion } of memory.workspaces.values()) {
    if (isPromoted(policy.promotion, promotion.state)) promoted += 1;
  }
  const { redisMemoryBp } = signals.contention;
  return {
    capacity,
    target: decision?.target ?? capacity,
    replicasWanted: replicas,
    replicasRunning: signals.observedReplicas,
    inFlight: signals.inFlight,
    runnable: signals.runnable,
    backlog: signals.backlog,
    clusterPressure: memory.backpressure.state.level,
    pressedWorkspaces: { soft: count('soft'), hard: count('hard') },
    promotedWorkspaces: promoted,
    contention: CONTENTION_MEASURES.map((measure) => [
      measure,
      {
        ratio: ratioOf(measure, signals.contention, policy.autoscale.contention),
        breached: contention[measure].breached,
      },
    ]),
    redisMemoryRatio: redisMemoryBp === null ? null : redisMemoryBp / 10_000,
    duplicateSends: signals.duplicatesTotal,
  };
}

/** How much of its line a measure has reached. */
function ratioOf(
  measure: ContentionMeasure,
  sample: ContentionSample,
  lines: ContentionPolicy,
): number | null {
  const share = (part: number | null, whole: number | null) =>
    part === null || whole === null ? null : basisPoints(part, whole);
  const [value, line] = {
    claim_latency: [sample.claimP95Ms, lines.claimP95Ms],
    locks_lost: [share(sample.locksLost, sample.runningJobs), lines.locksLostBp],
    stalled_jobs: [share(sample.stalledJobs, sample.startedJobs), lines.stalledBp],
    event_loop_delay: [sample.eventLoopP99Ms, lines.eventLoopP99Ms],
    ledger_lag: [sample.ledgerLagMs, lines.ledgerLagMs],
    redis_memory: [sample.redisMemoryBp, lines.redisMemoryBp],
  }[measure] as [number | null, number];
  return value === null || line === 0 ? null : value / line;
}
