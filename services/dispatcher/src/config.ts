/** The only reader of the environment in this service. */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host name or address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

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

const schema = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://127.0.0.1:6379' })
    .describe('where Redis is'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgresql://user@127.0.0.1/fairlead' })
    .describe('where PostgreSQL is; its migrations have been applied'),
  FAIRLEAD_LEDGER: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('on')
    .describe('whether Postgres remembers jobs; the same for dispatchers and consumers'),
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
  FAIRLEAD_SHARDS: whole(1, 1_024, 1).describe('shards of the deployment; the same for all services'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .refine(isLoopback, {
      error:
        'must be a loopback address such as 127.0.0.1: whoever reaches this service may do anything, since it asks ' +
        'for no credentials yet',
    })
    .describe('address to listen on'),
  PORT: whole(0, 65_535, 0).describe('port to listen on; 0 takes any that is free'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info')
    .describe('least level that is logged'),
  FAIRLEAD_DRAIN_TIMEOUT_MS: whole(500, 2 ** 31 - 1, 25_000).describe('from SIGTERM to exit at the latest'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:4318' })
    .optional()
    .describe('collector that gets spans; none without it'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult =
  | { readonly outcome: 'ok'; readonly config: Config }
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

/** Parses the environment. An empty variable counts as absent. Problems name the variable, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): ConfigResult {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return { outcome: 'ok', config: parsed.data };
  return {
    outcome: 'invalid',
    problems: parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return given[name] === undefined
        ? `${name} is not set: it ${issue.message}`
        : `${name} ${issue.message}`;
    }),
  };
}
