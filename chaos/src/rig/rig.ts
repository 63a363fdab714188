/**
 * The rig: a private Redis and Postgres, real dispatchers and replicas over them, and a checker that reads Postgres past
 * everything that is tested.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMigrations, createLedger } from '@fairlead/ledger';
import {
  type FaultProxy,
  privateCluster,
  privatePostgres,
  privateRedis,
  startProcess,
  type TestCluster,
  type TestPostgres,
  type TestProcess,
  type TestRedis,
  waitFor,
} from '@fairlead/testkit';
import { Pool } from 'pg';
import { type Client, createClient } from './client.ts';
import { type Run, readRuns } from './runs.ts';
import { toEnvironment } from './settings.ts';

const DISPATCHER = new URL('../../../services/dispatcher/src/main.ts', import.meta.url);
const CONTROLLER = new URL('../../../services/controller/src/main.ts', import.meta.url);
const CONSUMER = new URL('../../../services/consumer/src/main.ts', import.meta.url);
const HANDLERS = fileURLToPath(new URL('handlers.ts', import.meta.url));
/** The installation's first key; the rig's servers are private and on loopback. */
const API_KEY = `flk_${'c4a05'.padEnd(12, '0')}_${'chaos-'.repeat(8).slice(0, 43)}`;

/** The shortest that the settings allow: most of a fault test is waiting for them. */
export const LOCK_MS = 1_000;
export const STALL_INTERVAL_MS = 500;

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it goes through on its way to its servers. */
  readonly redisThrough?: FaultProxy;
  readonly postgresThrough?: FaultProxy;
}

export interface RigOptions {
  /** A Redis Cluster of three primaries with a replica each, in the place of the one Redis. */
  readonly cluster?: boolean;
}

export interface Rig {
  /** When it has no cluster. */
  readonly redis: TestRedis;
  /** When it has one. */
  readonly cluster: TestCluster;
  readonly postgres: TestPostgres;
  /** Started and ready. */
  dispatcher(options?: ProcessOptions): Promise<TestProcess>;
  replica(options?: ProcessOptions): Promise<TestProcess>;
  /** Started and ready; it leads when nobody else does. */
  controller(options?: ProcessOptions): Promise<TestProcess>;
  /** What `replica` gives its process, for one that somebody else starts. */
  readonly replicaEnv: Readonly<Record<string, string>>;
  /** An admin's. */
  readonly apiKey: string;
  /** A client of a dispatcher, or of a proxy before it. */
  client(to: { readonly url: string }, connections?: number): Client;
  sql<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The number that `text` asks for as `count`. */
  count(text: string, values?: readonly unknown[]): Promise<number>;
  runs(): Promise<Run[]>;
  /** The sum of a metric of a process over its series, or over those with a label like `outcome="late"`. */
  metric(process: TestProcess, name: string, label?: string): Promise<number>;
  stop(): Promise<void>;
}

/** The migrated database of each server, to be copied: migrations take longer than most tests' faults. */
const templates = new Map<number, Promise<string>>();

export async function startRig({ cluster: asCluster = false }: RigOptions = {}): Promise<Rig> {
  const [redis, cluster, postgres, folder] = await Promise.all([
    asCluster ? undefined : privateRedis(),
    asCluster ? privateCluster({ replicas: 1 }) : undefined,
    privatePostgres(),
    mkdtemp(join(tmpdir(), 'fairlead-chaos-')),
  ]);
  const databaseUrl = await migratedCopy(postgres);
  const pool = new Pool({ connectionString: databaseUrl, max: 4 });
  // A frozen or restarted server: the next query says so.
  pool.on('error', () => {});
  const processes: TestProcess[] = [];
  const clients: Client[] = [];

  const redisEnv = cluster
    ? { REDIS_URL: cluster.url, FAIRLEAD_REDIS_CLUSTER: 'on' }
    : { REDIS_URL: given(redis).url };

  async function start(
    script: URL,
    { env = {}, redisThrough, postgresThrough }: ProcessOptions,
  ): Promise<TestProcess> {
    const child = await startProcess(script, {
      env: {
        ...redisEnv,
        ...(redisThrough ? { REDIS_URL: redisThrough.through(given(redis).url) } : {}),
        DATABASE_URL: postgresThrough?.through(databaseUrl) ?? databaseUrl,
        LOG_LEVEL: 'warn',
        ...env,
      },
    });
    processes.push(child);
    return child;
  }

  async function startReady(script: URL, what: string, options: ProcessOptions): Promise<TestProcess> {
    const child = await start(script, options);
    await waitFor(async () => (await fetch(`${child.url}/readyz`)).ok, {
      what: `the ${what} is ready`,
      deadlineMs: 60_000,
    });
    return child;
  }

  const replicaEnv = {
    FAIRLEAD_HANDLERS: HANDLERS,
    FAIRLEAD_LOCK_MS: String(LOCK_MS),
    FAIRLEAD_STALL_INTERVAL_MS: String(STALL_INTERVAL_MS),
    ...toEnvironment({ folder, databaseUrl }),
  };

  return {
    get redis() {
      return given(redis);
    },
    get cluster() {
      return given(cluster);
    },
    postgres,
    apiKey: API_KEY,
    replicaEnv: { ...replicaEnv, ...redisEnv, DATABASE_URL: databaseUrl },
    dispatcher: (options = {}) => startReady(DISPATCHER, 'dispatcher', options),
    controller: (options = {}) => startReady(CONTROLLER, 'controller', options),
    replica: (options = {}) => start(CONSUMER, { ...options, env: { ...replicaEnv, ...options.env } }),
    client(to, connections) {
      const client = createClient(to.url, API_KEY, connections);
      clients.push(client);
      return client;
    },
    sql: async (text, values = []) => (await pool.query(text, [...values])).rows,
    count: async (text, values = []) => Number((await pool.query(text, [...values])).rows[0]?.count),
    runs: () => readRuns(folder),
    async metric(process, name, label = '') {
      const text = await (await fetch(`${process.url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(label));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async stop() {
      for (const client of clients) client.close();
      await Promise.all(processes.map((child) => child.stop(500)));
      await pool.end();
      await Promise.all([redis?.stop(), cluster?.stop(), postgres.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function given<T>(server: T | undefined): T {
  if (server === undefined) throw new Error('The rig has another kind of Redis: see RigOptions.');
  return server;
}

async function migratedCopy(postgres: TestPostgres): Promise<string> {
  const { port } = postgres;
  const template = templates.get(port) ?? migrate(postgres.url);
  templates.set(port, template);
  return postgres.database(await template);
}

async function migrate(url: string): Promise<string> {
  await applyMigrations(url);
  const pool = new Pool({ connectionString: url, max: 1 });
  await pool.query(
    'CREATE TABLE chaos_effect (kind text, job text, pid int, at timestamptz DEFAULT clock_timestamp())',
  );
  await pool.query('CREATE INDEX ON chaos_effect (job)');
  await pool.end();
  const ledger = createLedger({ databaseUrl: url });
  await ledger.apiKeys.ensure(API_KEY, { label: 'chaos', scopes: ['admin'], createdBy: 'chaos' });
  await ledger.close();
  return url;
}

/** Runs `work` with a rig of its own, and takes it down whatever happens. */
export async function withRig<T>(work: (rig: Rig) => Promise<T>, options?: RigOptions): Promise<T> {
  const rig = await startRig(options);
  try {
    return await work(rig);
  } finally {
    await rig.stop();
  }
}
