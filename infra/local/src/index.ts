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
