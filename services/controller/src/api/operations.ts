/** Everything that the controller can be asked under /v1. What is not here is not served. */
import type { Operation } from '@fairlead/http';
import { getCapacity, pinCapacity, releaseCapacity, stepCapacity } from './capacity.ts';
import {
  explainDecision,
  getDecision,
  listDecisions,
  listSubjects,
  verifyDecisions,
  verifySubjects,
} from './decisions.ts';
import { listDrills, startDrill, stopDrill } from './drills.ts';
import {
  freezePromotions,
  listOverrides,
  releasePromotions,
  switchDecisionsOff,
  switchDecisionsOn,
} from './overrides.ts';
import { getPolicy } from './policy.ts';
import { createRollout, getRollout, listRollouts, orderRollout } from './rollouts.ts';
import { getScaler } from './scaler.ts';

export const operations: readonly Operation[] = [
  getCapacity,
  pinCapacity,
  releaseCapacity,
  stepCapacity,
  getScaler,
  listDecisions,
  getDecision,
  explainDecision,
  verifyDecisions,
  listSubjects,
  verifySubjects,
  getPolicy,
  listOverrides,
  freezePromotions,
  releasePromotions,
  switchDecisionsOff,
  switchDecisionsOn,
  listRollouts,
  createRollout,
  getRollout,
  orderRollout,
  listDrills,
  startDrill,
  stopDrill,
];
