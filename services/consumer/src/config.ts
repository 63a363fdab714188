/** The only reader of the environment in this service. */
import {
  commonSettings,
  type Environment,
  handlerSettings,
  ledgerSettings,
  parseSettings,
  type SettingsResult,
  tracingSettings,
  whole,
} from '@fairlead/http';
import { z } from 'zod';

const MAX_MS = 2 ** 31 - 1;

const ms = (least: number, fallback: number) => whole(least, MAX_MS, fallback);

const schema = z.object({
  ...commonSettings,
  ...ledgerSettings,
  ...tracingSettings,
  ...handlerSettings,
  // Only with the ledger on: see readConfig.
  DATABASE_URL: ledgerSettings.DATABASE_URL.optional(),
  FAIRLEAD_CONCURRENCY: whole(1, 10_000, 64).describe('handlers that run at once'),
  FAIRLEAD_LOCK_MS: ms(1_000, 10_000).describe('how long a job stays locked without a renewal'),
  FAIRLEAD_STALL_INTERVAL_MS: ms(500, 5_000).describe('how often jobs of dead replicas are looked for'),
  FAIRLEAD_DRAIN_TIMEOUT_MS: ms(500, 25_000).describe('from SIGTERM to exit at the latest'),
  FAIRLEAD_TIMEOUT_MS: ms(1, 300_000).describe('time of an attempt when job and handler say nothing'),
  FAIRLEAD_UNKNOWN_TYPE_DELAY_MS: ms(100, 30_000).describe(
    'how long a job of unknown type is put off at a time',
  ),
  FAIRLEAD_UNKNOWN_TYPE_MAX_MS: ms(0, 600_000).describe('after how long it becomes a dead letter'),
  FAIRLEAD_REPLICA_ID: z
    .string()
    .max(200)
    .optional()
    .describe('name of this replica; default: host, pid and chance'),
  FAIRLEAD_KEEP_COMPLETED_COUNT: whole(-1, Number.MAX_SAFE_INTEGER, 1_000).describe(
    'completed jobs kept in Redis per workspace; -1 all',
  ),
  FAIRLEAD_KEEP_COMPLETED_SECONDS: whole(0, Number.MAX_SAFE_INTEGER, 3_600).describe('and for how long'),
  FAIRLEAD_KEEP_DEAD_SECONDS: whole(0, Number.MAX_SAFE_INTEGER, 2_592_000).describe('and for how long'),
  FAIRLEAD_KEEP_DEAD_COUNT: whole(-1, Number.MAX_SAFE_INTEGER, 10_000).describe(
    'dead letters kept in Redis per workspace; -1 all',
  ),
});

export type Config = z.output<typeof schema>;

export type ConfigResult = SettingsResult<Config>;

/** Reads the configuration from the environment; an empty variable counts as not set. */
export function readConfig(env: Environment = process.env): ConfigResult {
  const result = parseSettings(schema, env);
  if (result.outcome === 'invalid') return result;
  const { FAIRLEAD_LEDGER, DATABASE_URL } = result.config;
  if (FAIRLEAD_LEDGER === 'off' || DATABASE_URL !== undefined) return result;
  const { description } = ledgerSettings.DATABASE_URL;
  return { outcome: 'invalid', problems: [`DATABASE_URL is not set (${description})`] };
}
