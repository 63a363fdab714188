/** The only reader of the environment in this service. */
import {
  commonSettings,
  type Environment,
  fileOf,
  handlerSettings,
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
  ...handlerSettings,
  FAIRLEAD_RETENTION_DAYS: whole(1, 3_650, 30).describe(
    'days that finished jobs, windows and runs stay in Postgres; effects stay three times as long',
  ),
  FAIRLEAD_REDIS_FULL_PERCENT: whole(10, 95, 70).describe(
    'percent of the maxmemory of Redis above which new work is refused',
  ),
  FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('off')
    .describe('whether jobs without an idempotency key are refused'),
  FAIRLEAD_DISPATCH_MODE: z
    .enum(['queue', 'inline'], { error: 'must be queue or inline' })
    .default('queue')
    .describe('inline: the jobs of dispatch windows run in the dispatcher; the flag dispatch-mode at first'),
  FAIRLEAD_DISPATCH_FALLBACK: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('off')
    .describe(
      'whether windows that cannot be enqueued run inline; the flag dispatch-fallback at first, from the start on',
    ),
  FAIRLEAD_DISPATCH_FALLBACK_MAX_MINUTES: whole(1, 1_440, 60).describe(
    'after how long the fallback ends by itself',
  ),
  FAIRLEAD_DISPATCH_INLINE_CONCURRENCY: whole(1, 1_000, 16).describe('handlers that run inline at once'),
  // Well under the 15 minutes after which a run counts as stale.
  FAIRLEAD_DISPATCH_INLINE_MAX_MS: whole(1_000, 600_000, 60_000).describe(
    'time for the jobs of a window that runs inline; the queue has the rest',
  ),
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
  const result = parseSettings(schema, env);
  if (result.outcome === 'invalid') return result;
  const problems = [...inlineProblems(result.config), ...keyProblems(result.config)];
  return problems.length === 0 ? result : { outcome: 'invalid', problems };
}

function keyProblems(config: Config): string[] {
  if (config.FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY === 'off' || config.FAIRLEAD_LEDGER === 'on') return [];
  return [
    'FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY is on, and only the ledger remembers keys: set FAIRLEAD_LEDGER=on',
  ];
}

/** What is missing for windows to run inline, where that is wished. */
function inlineProblems(config: Config): string[] {
  const wishes = [
    ...(config.FAIRLEAD_DISPATCH_MODE === 'inline' ? ['FAIRLEAD_DISPATCH_MODE is inline'] : []),
    ...(config.FAIRLEAD_DISPATCH_FALLBACK === 'on' ? ['FAIRLEAD_DISPATCH_FALLBACK is on'] : []),
  ];
  return wishes.flatMap((wish) => [
    ...(config.FAIRLEAD_HANDLERS === undefined
      ? [
          `${wish}, and this dispatcher has no handlers: set FAIRLEAD_HANDLERS to the file that the consumers load`,
        ]
      : []),
    ...(config.FAIRLEAD_LEDGER === 'off'
      ? [`${wish}, and dispatch windows need the ledger: set FAIRLEAD_LEDGER=on`]
      : []),
  ]);
}
