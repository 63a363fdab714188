/** The only reader of the environment in this service. */
import {
  commonSettings,
  type Environment,
  fileOf,
  ledgerSettings,
  parseSettings,
  type SettingsResult,
  tracingSettings,
  whole,
} from '@fairlead/http';
import { z } from 'zod';

const schema = z.object({
  ...commonSettings,
  ...ledgerSettings,
  ...tracingSettings,
  FAIRLEAD_RETENTION_DAYS: whole(1, 3_650, 30).describe(
    'days that finished jobs, windows and runs stay in Postgres; effects stay three times as long',
  ),
  FAIRLEAD_REDIS_FULL_PERCENT: whole(10, 95, 70).describe(
    'percent of the maxmemory of Redis above which new work is refused',
  ),
  FAIRLEAD_DISPATCH_INLINE: z
    .literal('off', { error: 'must be off: this version cannot run the jobs of a window inline' })
    .default('off')
    .describe('whether a window that cannot be enqueued runs in the dispatcher'),
  FAIRLEAD_BOOTSTRAP_KEY: z
    .string()
    .regex(
      /^flk_[0-9a-f]{12}_[A-Za-z0-9_-]{43,128}$/,
      'must be like flk_<12 hex digits>_<43 random characters>',
    )
    .optional()
    .describe('key that is an admin from the first start on; it makes the other keys'),
  FAIRLEAD_BOOTSTRAP_KEY_FILE: fileOf('FAIRLEAD_BOOTSTRAP_KEY'),
  FAIRLEAD_DRAIN_TIMEOUT_MS: whole(500, 2 ** 31 - 1, 25_000).describe('from SIGTERM to exit at the latest'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult = SettingsResult<Config>;

/** Reads the configuration from the environment; an empty variable counts as not set. */
export function readConfig(env: Environment = process.env): ConfigResult {
  return parseSettings(schema, env);
}
