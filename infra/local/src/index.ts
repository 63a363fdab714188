export { type ControllerClient, createControllerClient } from './controller/client.ts';
export { followController, replicaName } from './replicas/follow-controller.ts';
export { createReplicaSet, type ReplicaSet } from './replicas/replica-set.ts';
export { holdFolder, holdProcess } from './servers/leash.ts';
export {
  type OwnedProcess,
  type OwnedProcessOptions,
  type ProcessExit,
  startOwnedProcess,
} from './servers/owned-process.ts';
export { freePort } from './servers/ports.ts';
export {
  type PrivatePostgres,
  type PrivatePostgresOptions,
  startPrivatePostgres,
} from './servers/postgres.ts';
export { type PrivateRedis, type PrivateRedisOptions, startPrivateRedis } from './servers/redis.ts';
export { temporaryFolder } from './servers/temporary-folder.ts';
export { DEFAULT_RESTART_POLICY } from './supervisor/backoff.ts';
export { servicePart } from './supervisor/service-part.ts';
export { supervise } from './supervisor/supervise.ts';
