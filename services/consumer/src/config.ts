/** The only reader of the environment in this service. */
import { z } from 'zod';

const MAX_MS = 2 ** 31 - 1;

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

const ms = (least: number, fallback: number) => whole(least, MAX_MS, fallback);

const schema = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://127.0.0.1:6379' })
    .describe('where Redis is'),
  FAIRLEAD_LEDGER: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('on')
    .describe('whether Postgres remembers jobs; the same for dispatchers and consumers'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgresql://user@127.0.0.1/fairlead' })
    .optional()
    .describe('where PostgreSQL is; needed with the ledger on'),
  FAIRLEAD_SHARDS: whole(1, 1_024, 1).describe('shards of the deployment; the same for all services'),
  HOST: z.string().default('127.0.0.1').describe('address that /healthz, /readyz and /metrics listen on'),
  PORT: whole(0, 65_535, 0).describe('port of the same; 0 takes any that is free'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info')
    .describe('least level that is logged'),
  FAIRLEAD_CONCURRENCY: whole(1, 10_000, 64).describe('handlers that run at once'),
  FAIRLEAD_LOCK_MS: ms(1_000, 10_000).describe('how long a job stays locked without a renewal'),
  FAIRLEAD_STALL_INTERVAL_MS: ms(500, 5_000).describe('how often jobs of dead replicas are looked for'),
  FAIRLEAD_DRAIN_TIMEOUT_MS: ms(500, 25_000).describe('from SIGTERM to exit at the latest'),
  FAIRLEAD_TIMEOUT_MS: ms(1, 300_000).describe('time of an attempt when job and handler say nothing'),
  FAIRLEAD_UNKNOWN_TYPE_DELAY_MS: ms(100, 30_000).describe(
    'how long a job of unknown type is put off at a time',
  ),
  FAIRLEAD_UNKNOWN_TYPE_MAX_MS: ms(0, 600_000).describe('after how long it becomes a dead letter'),
  FAIRLEAD_HANDLERS: z
    .string()
    .optional()
    .describe('handlers file (.ts, .js, .mjs); default: the demo handlers'),
  FAIRLEAD_HTTP_SIGNING_SECRET: z
    .string()
    .optional()
    .describe('whsec_… secrets that http.request signs with, separated by commas'),
  FAIRLEAD_HTTP_SIGNING_SECRET_FILE: z.string().optional().describe('file with more of them, one a line'),
  FAIRLEAD_HTTP_ALLOW: z
    .string()
    .optional()
    .describe('addresses, CIDR ranges and hosts that http.request may reach besides public ones'),
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
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:4318' })
    .optional()
    .describe('OTLP collector that spans go to; default: none'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult =
  | { readonly outcome: 'valid'; readonly config: Config }
  /** One line a variable: its name, what is wrong with it, and what it is for. */
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

/** Reads the configuration from the environment; an empty variable counts as not set. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): ConfigResult {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name]?.trim();
    if (value) given[name] = value;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) {
    const { FAIRLEAD_LEDGER, DATABASE_URL } = parsed.data;
    if (FAIRLEAD_LEDGER === 'off' || DATABASE_URL !== undefined)
      return { outcome: 'valid', config: parsed.data };
    return {
      outcome: 'invalid',
      problems: [`DATABASE_URL is not set (${schema.shape.DATABASE_URL.description})`],
    };
  }
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]) as keyof typeof schema.shape;
    const what = name in given ? issue.message : 'is not set';
    return `${name} ${what} (${schema.shape[name].description})`;
  });
  return { outcome: 'invalid', problems };
}
