import { FairleadError } from '@fairlead/core';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import { assertDatabaseUrl } from './database.ts';
import { asFault, driverReport } from './faults.ts';
import { MIGRATIONS_DIR, readMigrations } from './migration-list.ts';
import { type MigrationList, NO_FILTER, openSchemaEngine } from './schema-engine.ts';

/**
 * Applying migrations.
 *
 * One session holds Prisma's own advisory lock from the first statement to the last, so any number of processes may
 * start at once, and a `prisma migrate deploy` beside them: one applies, the others wait and then find nothing to do.
 *
 * Each migration is one transaction together with its row in `_prisma_migrations`. A script that fails, or a process
 * that is killed half-way, leaves nothing behind: correct it and run again. (Prisma's engine by itself commits
 * statement by statement, records the failure, and then refuses all migrations until a person resolves it.) The price
 * is that a migration cannot hold what PostgreSQL refuses inside a transaction, such as CREATE INDEX CONCURRENTLY.
 */

/** The key of Prisma's migrate commands. */
const MIGRATE_LOCK = statement('SELECT pg_advisory_lock(72707369)');

/** The class of SQLSTATEs for what is wrong with a statement itself: syntax, missing tables, missing rights. */
const WRONG_STATEMENT = '42';

const CONNECT_TIMEOUT_MS = 5_000;
/** For our lock, and for each table that a script changes: whoever waits for a table makes all its users wait. */
const LOCK_TIMEOUT_MS = 30_000;
/** For one script. The server gives up first, so that it does not work on for nobody. */
const SCRIPT_TIMEOUT_MS = 300_000;

/**
 * Brings the database up to date; `applied` has the names of the migrations that this call applied, oldest first.
 * Idempotent, and safe to call from many processes at once. The connection must be to Postgres itself or a pooler in
 * session mode, because of the lock.
 *
 * Throws LEDGER_UNAVAILABLE when Postgres cannot be used, CONFIG_INVALID when the URL is none, and INTERNAL with the
 * error of Postgres when a migration fails.
 */
export async function applyMigrations(databaseUrl: string): Promise<{ applied: string[] }> {
  return applyMigrationsFrom(MIGRATIONS_DIR, databaseUrl);
}

/** The same with another folder of migrations. */
export async function applyMigrationsFrom(
  migrationsDir: string,
  databaseUrl: string,
): Promise<{ applied: string[] }> {
  assertDatabaseUrl(databaseUrl);
  const migrations = await readMigrations(migrationsDir);
  const session = await openSession(databaseUrl);
  try {
    await session.executeRaw(MIGRATE_LOCK);
    const applied: string[] = [];
    // The engine applies whatever is missing of the list that it is given: one list longer each time, one transaction.
    for (const [index] of migrations.migrationDirectories.entries()) {
      const upTo = {
        ...migrations,
        migrationDirectories: migrations.migrationDirectories.slice(0, index + 1),
      };
      applied.push(...(await applyInTransaction(session, upTo)));
    }
    return { applied };
  } catch (error) {
    throw asFault(error);
  } finally {
    await session.dispose();
  }
}

/** One connection, kept until it is disposed of: the lock belongs to it. */
function openSession(databaseUrl: string): Promise<SqlDriverAdapter> {
  return new PrismaPg({
    connectionString: databaseUrl,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    statement_timeout: SCRIPT_TIMEOUT_MS,
    query_timeout: SCRIPT_TIMEOUT_MS + 5_000,
    keepAlive: true,
  }).connect();
}

async function applyInTransaction(session: SqlDriverAdapter, migrations: MigrationList): Promise<string[]> {
  const transaction = await session.startTransaction();
  const { connection, scriptError } = within(session, transaction);
  try {
    const engine = await openSchemaEngine(connection);
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: migrations,
        filters: NO_FILTER,
      });
      await transaction.executeRaw(statement('COMMIT'));
      return appliedMigrationNames;
    } finally {
      engine.free();
    }
  } catch (error) {
    await transaction.executeRaw(statement('ROLLBACK')).catch(() => {});
    const name = migrations.migrationDirectories.at(-1)?.path ?? '';
    throw migrationFault(name, scriptError() ?? error);
  } finally {
    await transaction.commit();
  }
}

/** The engine's view: one connection, inside our transaction. It tells afterwards which error of a script came first. */
function within(session: SqlDriverAdapter, transaction: Transaction) {
  let scriptError: unknown;
  const connection: SqlDriverAdapter = {
    provider: session.provider,
    adapterName: session.adapterName,
    queryRaw: (query) => transaction.queryRaw(query),
    executeRaw: (query) => transaction.executeRaw(query),
    executeScript: async (script) => {
      try {
        // As one query of many statements. The adapter's own way splits at every semicolon, also in a comment, a text
        // or the body of a function.
        await transaction.executeRaw(statement(script));
      } catch (error) {
        scriptError ??= error;
        throw error;
      }
    },
    startTransaction: () => Promise.reject(new Error('A migration is one transaction already.')),
    getConnectionInfo: () => session.getConnectionInfo?.() ?? { supportsRelationJoins: true },
    dispose: async () => {},
  };
  return { connection, scriptError: () => scriptError };
}

function migrationFault(name: string, error: unknown): unknown {
  const fault = asFault(error);
  const { sqlState, message } = driverReport(error);
  // Elsewhere a missing table means that migrations are missing; in a script it is the script's mistake.
  const isOfScript = sqlState?.startsWith(WRONG_STATEMENT) ?? false;
  if (!isOfScript && fault instanceof FairleadError && fault.code === 'LEDGER_UNAVAILABLE') return fault;
  // The engine ends its messages with a trace of its own source files.
  const [said] = message.split('\n   0: ');
  const code = sqlState === undefined ? '' : ` (${sqlState})`;
  const { code: engineCode = '' } = error as { code?: string };
  return new FairleadError('INTERNAL', `Migration ${name} was not applied: ${said?.trim()}${code}`, {
    fix:
      ENGINE_FIXES[engineCode] ?? 'Nothing of it was kept: remove the cause and apply the migrations again.',
    cause: error,
  });
}

/** What the engine refuses to begin with, by Prisma's code. */
const ENGINE_FIXES: Readonly<Record<string, string>> = {
  P3005:
    'Use a database without tables of others, or mark the migrations it has with `prisma migrate resolve --applied`.',
  P3009:
    'Another tool left this failed migration: undo its half by hand, then `prisma migrate resolve --rolled-back`.',
};

function statement(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] };
}
