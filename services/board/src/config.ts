/** The only reader of the environment in this service. */
import { readFileSync } from 'node:fs';
import { commonSettings, type Environment, parseSettings, type SettingsResult, whole } from '@fairlead/http';
import { z } from 'zod';

/** Short enough to copy by hand, long enough that ten guesses a minute never find it. */
const PASSWORD_MIN_LENGTH = 12;

const onOff = z
  .enum(['on', 'off'], { error: 'must be on or off' })
  .default('off')
  .transform((value) => value === 'on');

const schema = z.object({
  ...commonSettings,
  FAIRLEAD_BOARD_USER: z
    .string()
    .regex(/^[^:\p{Cc}]+$/u, 'must not hold ":" or control characters')
    .default('operator')
    .describe('user that may look at the board'),
  FAIRLEAD_BOARD_PASSWORD: z
    .string()
    .min(PASSWORD_MIN_LENGTH, `is shorter than ${PASSWORD_MIN_LENGTH} characters`)
    .describe('password of the board; one comes from: openssl rand -hex 16'),
  FAIRLEAD_BOARD_QUEUES: whole(1, 1_000, 100).describe('workspaces whose queues are shown at once'),
  FAIRLEAD_BOARD_ACTIONS: onOff.describe('whether jobs may be retried and promoted from the board'),
  FAIRLEAD_BOARD_SHOW_PAYLOADS: onOff.describe('whether data, results and progress of jobs are shown'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult = SettingsResult<Config>;

/**
 * Reads the configuration from the environment; an empty variable counts as not set.
 * `FAIRLEAD_BOARD_PASSWORD_FILE` may name a file that holds the password instead.
 */
export function readConfig(env: Environment = process.env): ConfigResult {
  const file = env['FAIRLEAD_BOARD_PASSWORD_FILE'];
  if (!file || env['FAIRLEAD_BOARD_PASSWORD']) return parseSettings(schema, env);
  try {
    return parseSettings(schema, { ...env, FAIRLEAD_BOARD_PASSWORD: readFileSync(file, 'utf8') });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    return { outcome: 'invalid', problems: [`FAIRLEAD_BOARD_PASSWORD_FILE cannot be read (${reason})`] };
  }
}
