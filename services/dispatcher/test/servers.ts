import { connect } from 'node:net';
import { applyMigrations } from '@fairlead/ledger';
import { privatePostgres, privateRedis, type TestPostgres, type TestRedis } from '@fairlead/testkit';

export interface Servers {
  readonly redis: TestRedis;
  readonly postgres: TestPostgres;
  /** Stops Postgres and all its sessions in the middle of whatever they do; gives the thaw. */
  freezePostgres(): Promise<() => void>;
  stop(): Promise<void>;
}

/** A private Redis and a migrated private Postgres. */
export async function startServers(): Promise<Servers> {
  const [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  await applyMigrations(postgres.url);
  return {
    redis,
    postgres,
    async freezePostgres() {
      // Sessions are processes of their own, and go on when only their parent is stopped.
      const rows = await postgres.query(`
        SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid
        UNION ALL SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`);
      const pids = rows.map((row) => Number(row['pid']));
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      return () => {
        for (const pid of pids) process.kill(pid, 'SIGCONT');
      };
    },
    async stop() {
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

/** One command to a Redis, past everything that is tested; gives the raw answer. */
export function redisCommand(port: number, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.toString());
    });
    const words = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
    socket.write(`*${args.length}\r\n${words.join('')}`);
  });
}
