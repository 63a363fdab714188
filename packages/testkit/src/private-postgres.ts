import { type PrivatePostgres, startPrivatePostgres } from '@fairlead/local';

export interface TestPostgres {
  /** Of a fresh database. */
  readonly url: string;
  readonly port: number;
  /** Runs one statement as the superuser, on the database `postgres` if no other is named. */
  readonly query: (sql: string, databaseUrl?: string) => Promise<Record<string, unknown>[]>;
  /** One more fresh database, or a copy of `template` (a URL of this server that nobody is connected to). */
  readonly database: (template?: string) => Promise<string>;
  /** Stops the server and all its sessions in the middle of whatever they do; gives the thaw. */
  readonly freeze: () => Promise<() => void>;
  /** Ends this use of the server; the server ends with its last use. */
  readonly stop: () => Promise<void>;
}

/** What a test can afford to lose makes it fast: a test database need not survive a power cut. */
const TEST_CONFIG = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '50',
};

let shared: { server: Promise<PrivatePostgres>; uses: number; databases: number } | undefined;

/**
 * A PostgreSQL for one test file, with a fresh database for every call. Calls in one file share a server. Start it in
 * `beforeAll`, stop it in `afterAll`; should the file forget, it ends with the process.
 */
export async function privatePostgres(): Promise<TestPostgres> {
  shared ??= { server: startPrivatePostgres({ config: TEST_CONFIG }), uses: 0, databases: 0 };
  const mine = shared;
  mine.uses++;
  const server = await mine.server;
  const database = (template?: string) =>
    server.createDatabase(
      `test_${++mine.databases}`,
      template === undefined ? undefined : new URL(template).pathname.slice(1),
    );
  let stopped = false;
  return {
    url: await database(),
    port: server.port,
    query: server.query,
    database,
    freeze: () => freeze(server),
    stop: async () => {
      if (stopped) return;
      stopped = true;
      if (--mine.uses > 0) return;
      if (shared === mine) shared = undefined;
      await server.stop();
    },
  };
}

async function freeze(server: PrivatePostgres): Promise<() => void> {
  // Sessions are processes of their own, and go on when only their parent is stopped.
  const sessions = await server.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  const pids = [server.pid, ...sessions.map((row) => Number(row.pid))];
  const frozen = pids.filter((pid) => signalled(pid, 'SIGSTOP'));
  return () => {
    for (const pid of frozen) signalled(pid, 'SIGCONT');
  };
}

/** False when it has ended: a session may do so between the look and the signal. */
function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
