/** The only reader of the environment in this service. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Short enough to copy by hand, long enough that ten guesses a minute never find it. */
const PASSWORD_MIN_LENGTH = 12;

const whole = (least: number, most: number, fallback: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .pipe(
      z
        .int('must be a whole number')
        .min(least, `must be at least ${least}`)
        .max(most, `must be at most ${most}`),
    )
    .default(fallback);

const onOff = z
  .enum(['on', 'off'], { error: 'must be on or off' })
  .default('off')
  .transform((value) => value === 'on');

const schema = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://127.0.0.1:6379' })
    .describe('where Redis is'),
  FAIRLEAD_SHARDS: whole(1, 1_024, 1).describe('shards of the deployment; the same for all services'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: whole(0, 65_535, 0).describe('port to listen on; 0 takes any that is free'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info')
    .describe('least level that is logged'),
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

export type ConfigResult =
  | { readonly outcome: 'valid'; readonly config: Config }
  /** One line a variable: its name, what is wrong with it, and what it is for. Never its value. */
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

/**
 * Reads the configuration from the environment; an empty variable counts as not set.
 * `FAIRLEAD_BOARD_PASSWORD_FILE` may name a file that holds the password instead.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): ConfigResult {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const file = env['FAIRLEAD_BOARD_PASSWORD_FILE'];
  if (file && given['FAIRLEAD_BOARD_PASSWORD'] === undefined) {
    try {
      given['FAIRLEAD_BOARD_PASSWORD'] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
      return { outcome: 'invalid', problems: [`FAIRLEAD_BOARD_PASSWORD_FILE cannot be read (${reason})`] };
    }
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return { outcome: 'valid', config: parsed.data };
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]) as keyof typeof schema.shape;
    const what = name in given ? issue.message : 'is not set';
    return `${name} ${what} (${schema.shape[name].description})`;
  });
  return { outcome: 'invalid', problems };
}
