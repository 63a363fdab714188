/**
 * The default policy with its times divided, so that an hour of it takes minutes, and with a floor and places that two
 * cores can have. What is counted in jobs is as by default: a ramp step is 64, an active workspace asks for 64, a
 * guardrail step halves.
 */
import { DEFAULT_POLICY } from '@fairlead/core';

const { rampStep, perActiveWorkspace, stepDownToBp } = DEFAULT_POLICY.autoscale;
export const RAMP_STEP = rampStep;
export const FLOOR = 128;
export const SLOTS_PER_REPLICA = 128;
/** Five replicas. */
const CAP = 640;

/** @param pace 1 in the quick form: a ramp window of 3 s and not of 5 minutes */
export function capacityPolicy(pace: number) {
  return {
    autoscale: {
      floor: FLOOR,
      cap: CAP,
      rampStep,
      perActiveWorkspace,
      stepDownToBp,
      slotsPerReplica: SLOTS_PER_REPLICA,
      rampWindowMs: 3_000 * pace,
      cooldownMs: 3_000 * pace,
      demandStableMs: 4_000 * pace,
      needWindowMs: 4_000 * pace,
      failureWindowMs: 3_000 * pace,
    },
  };
}
