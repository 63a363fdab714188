/**
 * Connections to Redis, in two tempers.
 *
 * `impatient` is for whoever answers a caller (the dispatcher): a command that Redis does not answer
 * fails within the deadline and is never sent again, so that the caller can be told the truth.
 * `patient` is for a replica, which has nobody to tell: its commands wait for Redis to come back. A
 * command whose answer was lost is sent again; each of a replica's commands may be repeated without harm.
 */
import { FairleadError } from '@fairlead/core';
import { Cluster, Redis } from 'ioredis';

/** Where Redis is. */
export interface RedisOptions {
  /**
   * `redis://` or, with TLS, `rediss://` URL. Of a query only `family` (4 or 6) is looked at. A cluster's may name more
   * than one node to begin with: `redis://user:password@a:6379,b:6379,c:6379`.
   */
  readonly url: string;
  /** Whether it is a Redis Cluster. Default false. */
  readonly cluster?: boolean | undefined;
  /** Certificates in PEM that a `rediss://` server's must descend from. Default: the authorities that Node knows. */
  readonly tlsCa?: string | undefined;
  /** Name shown by CLIENT LIST. */
  readonly connectionName?: string;
}

/** A server, or a cluster whose commands go to the node that serves their key. */
export type RedisHandle = Redis | Cluster;

export type Temper = 'impatient' | 'patient';

/** Longest time an impatient command may take, connecting included. */
export const COMMAND_TIMEOUT_MS = 4_000;
const RECONNECT_MAX_MS = 1_000;
/** How long what a cluster cannot take now waits until it is tried again. */
const RETRY_MS = 250;

/** Opens a connection in the background; it reconnects for ever until it is closed. */
export function connect(
  options: RedisOptions,
  temper: Temper,
  role: string,
  onError: (error: Error) => void,
): RedisHandle {
  return options.cluster
    ? connectToCluster(options, temper, role, onError)
    : connectToServer(options, temper, role, onError);
}

/** The same, to one server. */
export function connectToServer(
  options: RedisOptions,
  temper: Temper,
  role: string,
  onError: (error: Error) => void,
): Redis {
  const patient = temper === 'patient';
  const address = addressOf(options);
  const redis = new Redis({
    ...address,
    ...settingsOf(options, role),
    retryStrategy: reconnectAfterMs,
    maxRetriesPerRequest: patient ? null : 1,
    autoResendUnfulfilledCommands: patient,
    ...(patient ? {} : { commandTimeout: COMMAND_TIMEOUT_MS }),
    // Measured: 10,100 jobs/s with auto-pipelining against 17,600 without.
    enableAutoPipelining: false,
  });
  redis.on('error', (error) => onError('tls' in address ? explained(error) : error));
  return redis;
}

/**
 * To a cluster. A node that goes is looked for anew: what was sent to it and not answered is sent again, to whoever
 * serves the slot by then, by the patient for ever.
 */
function connectToCluster(
  options: RedisOptions,
  temper: Temper,
  role: string,
  onError: (error: Error) => void,
): Cluster {
  const { nodes, ...address } = clusterAddressOf(options);
  const patient = temper === 'patient';
  const cluster = new Cluster(nodes, {
    redisOptions: { ...address, ...settingsOf(options, role) },
    // Names stay names: the certificate of a node is for its name.
    dnsLookup: (name, found) => found(null, name),
    clusterRetryStrategy: reconnectAfterMs,
    retryDelayOnFailover: RETRY_MS,
    retryDelayOnClusterDown: RETRY_MS,
    retryDelayOnTryAgain: RETRY_MS,
    // Each try is two: a node that is asked, and the one that it names. ioredis goes on trying for callers that have gone.
    maxRedirections: patient ? Number.POSITIVE_INFINITY : (2 * COMMAND_TIMEOUT_MS) / RETRY_MS,
    slotsRefreshTimeout: COMMAND_TIMEOUT_MS / 2,
    enableAutoPipelining: false,
  });
  if (!patient) endAfter(cluster, COMMAND_TIMEOUT_MS);
  const tell = (error: Error) => onError('tls' in address ? explained(error) : error);
  cluster.on('error', tell);
  cluster.on('node error', tell);
  return cluster;
}

/** A deadline for each command, over all its redirections and waits: ioredis has one for single servers only. */
function endAfter(cluster: Cluster, deadlineMs: number): void {
  const send = cluster.sendCommand.bind(cluster);
  cluster.sendCommand = (command, ...rest) => {
    command.setTimeout(deadlineMs);
    return send(command, ...rest);
  };
}

/** Ever longer, up to a second. */
export function reconnectAfterMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_MAX_MS);
}

/** What all connections have in common. */
function settingsOf(options: RedisOptions, role: string) {
  return {
    connectTimeout: COMMAND_TIMEOUT_MS,
    connectionName: `${options.connectionName ?? 'fairlead'}:${role}`,
    // It tells Redis the version of ioredis, by a command that Redis 7.0 does not have and no user needs.
    disableClientInfo: true,
  };
}

/** The nodes to begin with, and what all nodes have in common. */
function clusterAddressOf({ url, ...options }: RedisOptions) {
  const [, head = '', hosts = '', tail = ''] = /^(\w+:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/.exec(url) ?? [];
  const addresses = hosts.split(',').map((host) => addressOf({ ...options, url: `${head}${host}${tail}` }));
  const [{ host: _host, port: _port, db, ...shared }] = addresses as [ReturnType<typeof addressOf>];
  if (db !== 0) {
    throw new FairleadError('CONFIG_INVALID', 'A Redis Cluster has no databases.', {
      fix: 'Let the URL end with the port: redis://a:6379,b:6379.',
    });
  }
  return { nodes: addresses.map(({ host, port }) => ({ host, port })), ...shared };
}

/**
 * The URL is not handed to ioredis, which would connect without TLS for `REDISS://…` and for `rediss://…?tls=`: there
 * the letters are compared as they are, and what the query says goes before what the protocol says.
 */
function addressOf({ url, tlsCa }: RedisOptions) {
  if (!URL.canParse(url)) throw invalidUrl();
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url);
  const database = Number(pathname.slice(1) || 0);
  const family = Number(searchParams.get('family') ?? 0);
  if (!/^rediss?:$/.test(protocol) || !Number.isInteger(database)) throw invalidUrl();
  if (tlsCa !== undefined && protocol !== 'rediss:') {
    throw new FairleadError('CONFIG_INVALID', 'There are certificates for a Redis without TLS.', {
      fix: 'Let the URL begin with rediss://.',
    });
  }
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    db: database,
    ...(family === 0 ? {} : { family }),
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing.
    ...(protocol === 'rediss:'
      ? { tls: { rejectUnauthorized: true, ...(tlsCa === undefined ? {} : { ca: tlsCa }) } }
      : {}),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidUrl();
  }
}

function invalidUrl(): FairleadError {
  return new FairleadError('CONFIG_INVALID', 'The URL of Redis is not valid.', {
    fix: 'Give it as redis://user:password@host:6379, or rediss:// with TLS; a % in a password is %25.',
  });
}

/** Codes of Node and OpenSSL that say no more than what went wrong in their own terms. */
const TLS_TROUBLE: readonly [RegExp, string][] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_EOF/,
    'Redis does not speak TLS at this port, and REDIS_URL (rediss://) asks for it',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE/,
    'the certificate of Redis is of no authority that is trusted: name the right one with REDIS_TLS_CA_FILE',
  ],
  [
    /ETIMEDOUT/,
    // A Redis without TLS takes the first message for the beginning of a command, and waits for its end.
    'Redis did not answer to TLS: either it cannot be reached, or it does not speak TLS at this port, and REDIS_URL (rediss://) asks for it',
  ],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, 'the certificate of Redis is not valid today'],
  [/ALTNAME_INVALID/, 'the certificate of Redis is for another host than the one in REDIS_URL'],
];

/** The error of a connection with TLS, in words where they are known. */
function explained(error: Error): Error {
  const { code = '' } = error as { code?: string };
  const words = TLS_TROUBLE.find(([pattern]) => pattern.test(code))?.[1];
  return words === undefined
    ? error
    : Object.assign(new Error(`${words} (${code})`, { cause: error }), { code });
}

/** What nodes of a cluster say when they cannot do it, and others or they themselves soon will. */
const NODE_AWAY = /^(CLUSTERDOWN|MOVED|ASK|TRYAGAIN)\b/;

/** What a failed command becomes for callers. */
export function redisFault(error: unknown): FairleadError {
  if (error instanceof FairleadError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'ReplyError' && !NODE_AWAY.test(message)) {
    return new FairleadError('REDIS_REFUSED', `Redis refused the command: ${message}`, { cause: error });
  }
  // ioredis explains one of its options there.
  const isCut = error instanceof Error && error.name === 'MaxRetriesPerRequestError';
  const why = isCut ? 'the connection was lost' : message;
  return new FairleadError('REDIS_UNAVAILABLE', `Redis does not answer: ${why}`, {
    cause: error,
    fix: 'Check that Redis runs and that REDIS_URL names it.',
  });
}

/** Rejects with REDIS_UNAVAILABLE when `work` has not settled within `deadlineMs`. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FairleadError('REDIS_UNAVAILABLE', `${what} took longer than ${deadlineMs} ms`)),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Rejects with REDIS_UNAVAILABLE when the connection closes before `work` has settled: of a pipeline that was
 * sent and not answered, ioredis says nothing.
 */
export async function unlessClosed<T>(redis: RedisHandle, work: Promise<T>): Promise<T> {
  // Of a cluster the node's connection is meant, and what was sent there is sent again.
  if (redis.isCluster) return work;
  const { promise: closed, reject } = Promise.withResolvers<never>();
  const onClose = () => reject(new FairleadError('REDIS_UNAVAILABLE', 'The connection to Redis was lost'));
  redis.once('close', onClose);
  try {
    return await Promise.race([work, closed]);
  } finally {
    redis.removeListener('close', onClose);
  }
}

/** Closes a connection, without waiting for a Redis that does not answer. */
export async function disconnect(redis: RedisHandle): Promise<void> {
  if (redis.status === 'end') return;
  const closed = new Promise<void>((resolve) => redis.once('end', () => resolve()));
  redis.disconnect();
  await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, 500).unref())]);
}
