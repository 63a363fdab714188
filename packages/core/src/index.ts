export { estimateStart, type Prospects } from './estimate.ts';
export { advanceClock, charge, nextInRing, startTag, worthRemembering } from './fairness.ts';
export { FAULTS, FairleadError, type FaultCode } from './faults.ts';
export { PARK_REASONS, type ParkReason } from './park-reason.ts';
export { type Bucket, freeSlots, nextTokenAtMs, refill, spend, startsAllowed, TOKEN } from './quota.ts';
export {
  lagOf,
  type RecentService,
  recentService,
  recordServed,
  SERVED_WINDOW_MS,
  shareOf,
} from './served.ts';
export {
  type ClaimRequest,
  claim,
  configure,
  enqueue,
  enqueueDelayed,
  finish,
  type ModelClaim,
  markReady,
  recover,
} from './shard-model.ts';
export {
  emptyShard,
  type ModelJob,
  type ModelQueue,
  NEVER_MS,
  queueOf,
  runnableJobs,
  type ShardState,
} from './shard-state.ts';
export { jainIndex, nearestRank } from './statistics.ts';
export { type Hindrances, WAITING_REASONS, type WaitingReason, waitingReason } from './waiting-reason.ts';
export {
  DEFAULT_WORKSPACE_CONFIG,
  isWorkspaceSlug,
  WORKSPACE_SLUG,
  type WorkspaceConfig,
} from './workspace.ts';
