/** The only reader of the environment in this service. */
import {
  commonSettings,
  type Environment,
  fileOf,
  parseSettings,
  type SettingsResult,
  whole,
} from '@fairlead/http';
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
  FAIRLEAD_BOARD_PASSWORD_FILE: fileOf('FAIRLEAD_BOARD_PASSWORD'),
  FAIRLEAD_BOARD_QUEUES: whole(1, 1_000, 100).describe('workspaces whose queues are shown at once'),
  FAIRLEAD_BOARD_ACTIONS: onOff.describe('whether jobs may be retried and promoted from the board'),
  FAIRLEAD_BOARD_SHOW_PAYLOADS: onOff.describe('whether data, results and progress of jobs are shown'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult = SettingsResult<Config>;

/** Reads the configuration from the environment; an empty variable counts as not set. */
export function readConfig(env: Environment = process.env): ConfigResult {
  return parseSettings(schema, env);
}
