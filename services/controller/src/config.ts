/** The only reader of the environment in this service. */
import {
  commonSettings,
  type Environment,
  ledgerSettings,
  parseSettings,
  type SettingsResult,
  tracingSettings,
  whole,
} from '@fairlead/http';
import { z } from 'zod';
import { ACTUATORS } from './act/actuator.ts';

const MAX_MS = 2 ** 31 - 1;

const schema = z.object({
  ...commonSettings,
  ...tracingSettings,
  DATABASE_URL: ledgerSettings.DATABASE_URL,
  DATABASE_URL_FILE: ledgerSettings.DATABASE_URL_FILE,
  FAIRLEAD_TICK_MS: whole(1_000, 300_000, 15_000).describe('time between two decisions'),
  FAIRLEAD_LEASE_MS: whole(1_500, 120_000, 10_000).describe(
    'how long a controller that is gone keeps the others from deciding',
  ),
  FAIRLEAD_POLICY: z.string().optional().describe('file (JSON) of what is to differ from the default policy'),
  FAIRLEAD_ACTUATOR: z
    .enum(ACTUATORS, { error: 'must be capacity, process or keda' })
    .default('capacity')
    .describe('who starts and drains replicas; capacity: somebody else, as he likes'),
  FAIRLEAD_DECISION_RETENTION_DAYS: whole(1, 3_650, 30).describe('days that decisions stay in Postgres'),
  FAIRLEAD_DRILL: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('off')
    .describe('whether signals may be injected for exercises'),
  FAIRLEAD_DRAIN_TIMEOUT_MS: whole(500, MAX_MS, 25_000).describe('from SIGTERM to exit at the latest'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult = SettingsResult<Config>;

/** Reads the configuration from the environment; an empty variable counts as not set. */
export function readConfig(env: Environment = process.env): ConfigResult {
  return parseSettings(schema, env);
}
