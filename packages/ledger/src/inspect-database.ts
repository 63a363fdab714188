import { type Database, openDatabase } from './database.ts';
import { Prisma } from './generated/client.ts';
import { MIGRATIONS_DIR, readMigrations } from './migration-list.ts';
import { createPing } from './ping.ts';

/** What the ledger's database says of itself. */
export interface DatabaseFacts {
  /** Of PostgreSQL, like `18.1`. */
  readonly version: string;
  /** Its clock, when it answered. */
  readonly nowMs: number;
  /** Migrations of this version of Fairlead that it does not have, oldest first. */
  readonly pending: readonly string[];
  /** Migrations that it has and this version does not know: it was migrated by a newer one. */
  readonly unknown: readonly string[];
}

/**
 * Looks at a database over a connection of its own, and changes nothing.
 *
 * Throws LEDGER_UNAVAILABLE when Postgres does not answer within `deadlineMs`, and CONFIG_INVALID when the URL is none.
 */
export async function inspectDatabase(databaseUrl: string, deadlineMs: number): Promise<DatabaseFacts> {
  const database = openDatabase({ databaseUrl, poolSize: 1 });
  const facts = createPing(database)(deadlineMs).then(() => readFacts(database));
  // Closing waits for a statement that a frozen server holds; whoever asked has the answer by then.
  facts
    .catch(() => {})
    .then(() => database.close())
    .catch(() => {});
  return facts;
}

async function readFacts(database: Database): Promise<DatabaseFacts> {
  const [server] = await database.query<{ version: string; now: Date; migrated: boolean }>(Prisma.sql`
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version, clock_timestamp() AS now,
      to_regclass('_prisma_migrations') IS NOT NULL AS migrated`);
  const rows = server?.migrated
    ? await database.query<{ name: string }>(Prisma.sql`
        SELECT "migration_name" AS name FROM "_prisma_migrations"
        WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL ORDER BY "migration_name"`)
    : [];
  const applied = new Set(rows.map(({ name }) => name));
  const known = (await readMigrations(MIGRATIONS_DIR)).migrationDirectories.map(({ path }) => path);
  return {
    version: server?.version ?? '',
    nowMs: server?.now.getTime() ?? Number.NaN,
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.includes(name)),
  };
}
