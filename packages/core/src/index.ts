export { FAULTS, FairleadError, type FaultCode } from './faults.ts';
export { PARK_REASONS, type ParkReason } from './park-reason.ts';
export { jainIndex, nearestRank } from './statistics.ts';
export {
  DEFAULT_WORKSPACE_CONFIG,
  isWorkspaceSlug,
  WORKSPACE_SLUG,
  type WorkspaceConfig,
} from './workspace.ts';
