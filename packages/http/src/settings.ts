/**
 * What the services' `config.ts` share: the variables that mean the same in all of them, and how an environment
 * becomes a configuration. Nothing here reads the environment.
 *
 * A setting `X` that may hold a secret has an `X_FILE` beside it in its schema: the path of a file that holds the
 * value, as Docker and Kubernetes mount secrets. The file is read once, at the start. That others may read the file is
 * not complained of: both mount secrets readable for everybody within the container, so the warning would always come.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A whole number from text. */
export function whole(least: number, most: number, fallback: number) {
  return wholeBetween(least, most).default(fallback);
}

function wholeBetween(least: number, most: number) {
  return z.coerce
    .number({ error: 'must be a number' })
    .pipe(
      z
        .int('must be a whole number')
        .min(least, `must be at least ${least}`)
        .max(most, `must be at most ${most}`),
    );
}

/** The `X_FILE` of a setting X that may hold a secret. */
export function fileOf(setting: string) {
  return z.string().optional().describe(`file that holds ${setting} instead`);
}

const STRAY_PERCENT = 'has a % in its user or password that begins no code: write it as %25';

/** One URL for each node that `redis://user:password@a:6379,b:6379` names. */
function nodesOf(url: string): string[] {
  const [, head = '', hosts = url, tail = ''] = /^(\w+:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/.exec(url) ?? [];
  return hosts.split(',').map((host) => `${head}${host}${tail}`);
}

function isRedisUrl(url: string): boolean {
  return nodesOf(url).every((node) => URL.canParse(node) && /^rediss?:$/.test(new URL(node).protocol));
}

/** For what is said of a URL besides: whether it is one at all was said already. */
const whenRedisUrl = ({ value }: { value: unknown }) => isRedisUrl(String(value));

function isDecodable(url: string): boolean {
  const { username, password } = new URL(url);
  try {
    return decodeURIComponent(username + password) !== undefined;
  } catch {
    return false;
  }
}

/** `SSLMODE=verify-full` would be no TLS at all. */
function knowsTls(url: string): boolean {
  const names = [...new URL(url).searchParams.keys()].filter((name) => /ssl|tls/i.test(name));
  return names.every((name) => ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].includes(name));
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}

/** As the specification has it: values are percent-encoded. */
function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at).trim(), decode(entry.slice(at + 1).trim())];
    }),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The variables that every service knows. */
export const commonSettings = {
  REDIS_URL: z
    .string()
    .refine(isRedisUrl, { error: 'must be a URL such as redis://127.0.0.1:6379' })
    .refine(
      (url) =>
        nodesOf(url).every((node) =>
          [...new URL(node).searchParams.keys()].every((name) => name === 'family'),
        ),
      { error: 'must have no ?… part: TLS is asked for with rediss://', when: whenRedisUrl },
    )
    .refine((url) => nodesOf(url).every(isDecodable), { error: STRAY_PERCENT, when: whenRedisUrl })
    .describe('where Redis is'),
  REDIS_URL_FILE: fileOf('REDIS_URL'),
  REDIS_TLS_CA: z
    .string()
    .refine(isCertificate, { error: 'must be certificates in PEM' })
    .optional()
    .describe(
      'authorities that the certificate of a rediss:// Redis is checked with; default: those of Node',
    ),
  REDIS_TLS_CA_FILE: fileOf('REDIS_TLS_CA'),
  FAIRLEAD_REDIS_CLUSTER: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('off')
    .describe('whether REDIS_URL names nodes of a Redis Cluster'),
  FAIRLEAD_SHARDS: wholeBetween(1, 1_024)
    .optional()
    .describe('shards of the deployment, the same for all services; default: 1, on a cluster 64'),
  FAIRLEAD_EVENT_STREAM_LENGTH: whole(0, 1_000_000, 1_000).describe(
    "entries that each queue's stream of BullMQ events keeps, for queues seen for the first time; 0: no events",
  ),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: whole(0, 65_535, 0).describe('port to listen on; 0 takes any that is free'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info')
    .describe('least level that is logged'),
};

/** What a scheduler is opened with. */
export function schedulerSettings(
  config: z.output<z.ZodObject<typeof commonSettings>>,
  connectionName: string,
): {
  readonly redis: {
    readonly url: string;
    readonly cluster: boolean;
    readonly tlsCa: string | undefined;
    readonly connectionName: string;
  };
  readonly shards: number | undefined;
  readonly eventStreamLength: number;
} {
  const { REDIS_URL: url, REDIS_TLS_CA: tlsCa, FAIRLEAD_REDIS_CLUSTER } = config;
  const redis = { url, cluster: FAIRLEAD_REDIS_CLUSTER === 'on', tlsCa, connectionName };
  return { redis, shards: config.FAIRLEAD_SHARDS, eventStreamLength: config.FAIRLEAD_EVENT_STREAM_LENGTH };
}

/** Of the services that the ledger concerns. */
export const ledgerSettings = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgresql://user@127.0.0.1/fairlead' })
    .refine(isDecodable, { error: STRAY_PERCENT, when: ({ value }) => URL.canParse(String(value)) })
    .refine(knowsTls, {
      error:
        'has a parameter for TLS that the driver would overlook: it knows sslmode, sslrootcert, sslcert, sslkey',
      when: ({ value }) => URL.canParse(String(value)),
    })
    .describe('where PostgreSQL is; its migrations have been applied'),
  DATABASE_URL_FILE: fileOf('DATABASE_URL'),
  FAIRLEAD_LEDGER: z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default('on')
    .describe('whether Postgres remembers jobs; the same for dispatchers and consumers'),
};

/** Of the services that run handlers. */
export const handlerSettings = {
  FAIRLEAD_HANDLERS: z.string().optional().describe('handlers file (.ts, .js, .mjs)'),
  FAIRLEAD_HTTP_SIGNING_SECRET: z
    .string()
    .optional()
    .describe('whsec_… secrets that http.request signs with, separated by commas or white space'),
  FAIRLEAD_HTTP_SIGNING_SECRET_FILE: fileOf('FAIRLEAD_HTTP_SIGNING_SECRET'),
  FAIRLEAD_HTTP_ALLOW: z
    .string()
    .optional()
    .describe('addresses, CIDR ranges and hosts that http.request may reach besides public ones'),
};

/** Of the services that trace. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:4318' })
    .optional()
    .describe('OTLP collector that spans go to; default: none'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/, 'must be like name=value,other=value')
    .transform(headersOf)
    .optional()
    .describe('headers that the collector asks for, perhaps a key'),
  OTEL_EXPORTER_OTLP_HEADERS_FILE: fileOf('OTEL_EXPORTER_OTLP_HEADERS'),
  OTEL_TRACES_SAMPLER: z
    .enum(
      [
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ],
      { error: 'must be one of the samplers of OpenTelemetry, such as parentbased_traceidratio' },
    )
    .default('parentbased_always_on')
    .describe('which requests and jobs have spans; decisions always have'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'must be a number' })
    .min(0, 'must be at least 0')
    .max(1, 'must be at most 1')
    .default(1)
    .describe('the share of traces, of a sampler that takes one'),
};

export type SettingsResult<Config> =
  | { readonly outcome: 'valid'; readonly config: Config }
  /** One line a variable: its name, what is wrong with it, and what it is for. Never its value. */
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses an environment; an empty variable counts as not set, and what `X_FILE` names stands in for X. All problems are
 * told at once.
 */
export function parseSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Environment,
): SettingsResult<z.output<z.ZodObject<Shape>>> {
  const { given, unreadable } = collect(Object.keys(schema.shape), env);
  const parsed = schema.safeParse(given);
  const contradictions = contradictionsIn(given);
  if (parsed.success && unreadable.size === 0 && contradictions.length === 0)
    return { outcome: 'valid', config: parsed.data };
  const wrong = (parsed.error?.issues ?? []).flatMap((issue) => {
    const name = String(issue.path[0]);
    // Why it is not there was said already.
    if (unreadable.has(name)) return [];
    const what = name in given ? issue.message : 'is not set';
    const { description } = schema.shape[name] as unknown as z.ZodType;
    return [`${name} ${what} (${description})`];
  });
  return { outcome: 'invalid', problems: [...unreadable.values(), ...wrong, ...contradictions] };
}

/** What is wrong with the settings of Redis together. */
function contradictionsIn({
  REDIS_URL: url = '',
  REDIS_TLS_CA: tlsCa,
  FAIRLEAD_REDIS_CLUSTER: cluster,
}: Readonly<Record<string, string>>): string[] {
  return [
    ...(tlsCa !== undefined && !/^rediss:/i.test(url)
      ? ['REDIS_TLS_CA is set, but REDIS_URL does not ask for TLS: it must begin with rediss://']
      : []),
    ...(cluster !== 'on' && isRedisUrl(url) && nodesOf(url).length > 1
      ? ['REDIS_URL names several nodes, as only a cluster has them: set FAIRLEAD_REDIS_CLUSTER=on']
      : []),
    ...(cluster === 'on' &&
    isRedisUrl(url) &&
    nodesOf(url).some((node) => !/^\/?0?$/.test(new URL(node).pathname))
      ? ['REDIS_URL names a database, and a Redis Cluster has none: let it end with the port']
      : []),
  ];
}

interface Collected {
  readonly given: Readonly<Record<string, string>>;
  /** By setting: why the file that should hold it cannot be used. */
  readonly unreadable: ReadonlyMap<string, string>;
}

function collect(names: readonly string[], env: Environment): Collected {
  const given: Record<string, string> = {};
  const unreadable = new Map<string, string>();
  for (const name of names) {
    const value = env[name]?.trim();
    if (value) given[name] = value;
  }
  for (const name of names) {
    const file = given[`${name}_FILE`];
    if (file === undefined || !names.includes(`${name}_FILE`)) continue;
    const read = name in given ? { problem: `and ${name} are both set: take one away` } : readSecret(file);
    if ('problem' in read) unreadable.set(name, `${name}_FILE ${read.problem}`);
    else given[name] = read.value;
  }
  return { given, unreadable };
}

/** Neither the content is told nor the path, for somebody may have put the secret itself there. */
function readSecret(file: string): { value: string } | { problem: string } {
  try {
    const value = readFileSync(file, 'utf8').trim();
    return value === '' ? { problem: 'names an empty file' } : { value };
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})` };
  }
}
