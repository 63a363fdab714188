import { FairleadError } from '@fairlead/core';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { closeWhenLate } from './close-when-late.ts';
import { asFault, asStatementError } from './faults.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { preparedName, runPrepared } from './prepared.ts';

/** What nearly all nouns need of Postgres: run one statement, get its rows. */
export interface Statements {
  /** Throws LEDGER_UNAVAILABLE when Postgres cannot be used, and INVALID_REQUEST when it refuses a value. */
  query<Row>(statement: Prisma.Sql): Promise<Row[]>;
}

/** Statements that commit together. */
export interface Transaction extends Statements {
  /**
   * The rows of a statement of the user's own, with $1, $2, … for its values. What Postgres says against the statement
   * is thrown as an Error with its SQLSTATE as `code`.
   */
  queryText<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** The number of rows that it changed. */
  executeText(text: string, values: readonly unknown[]): Promise<number>;
}

export interface Database extends Statements {
  /**
   * Commits when `run` resolves, and takes everything back when it rejects, with the same error, or lasts longer than
   * `timeoutMs`. Holds a connection all the while: nothing slow belongs in it.
   */
  transaction<T>(run: (transaction: Transaction) => Promise<T>, timeoutMs: number): Promise<T>;
  close(): Promise<void>;
}

/** To get a connection: to open one, or to wait for a free one of the pool. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * For one statement. Ours take milliseconds; past this the connection is taken for dead and closed, so that a frozen
 * server or a silent network cannot hold the pool. On the client's side and not `statement_timeout`, because that is
 * a start-up parameter, which PgBouncer refuses.
 */
const QUERY_TIMEOUT_MS = 5_000;

/** Opens nothing yet: the pool connects with the first statement. Throws CONFIG_INVALID when the URL is none. */
export function openDatabase(options: { databaseUrl: string; poolSize: number }): Database {
  assertDatabaseUrl(options.databaseUrl);
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  });
  // Of a connection that nobody uses: the pool has dropped it, and opens another when one is needed.
  pool.on('error', () => {});
  pool.on('connect', closeWhenLate);
  const client = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  const mayPrepare = !isBehindPgBouncer(options.databaseUrl);
  let closed = false;
  const assertOpen = () => {
    // Prisma would quietly open a new pool, which nobody closes.
    if (!closed) return;
    throw new FairleadError('LEDGER_UNAVAILABLE', 'The ledger is closed: this process is stopping.');
  };

  return {
    query<Row>(statement: Prisma.Sql): Promise<Row[]> {
      return translated(async () => {
        assertOpen();
        const name = preparedName(statement);
        if (name === undefined) return client.$queryRaw<Row[]>(statement);
        return runPrepared<Row>(pool, mayPrepare ? name : undefined, statement);
      }, asFault);
    },
    transaction<T>(run: (transaction: Transaction) => Promise<T>, timeoutMs: number): Promise<T> {
      // What `run` rejects with is passed on as it is: it may be of the caller's own making.
      let thrown: { readonly error: unknown } | undefined;
      return translated(
        async () => {
          assertOpen();
          return client.$transaction(
            (held) =>
              run(transactionOver(held)).catch((error: unknown) => {
                thrown = { error };
                throw error;
              }),
            { timeout: timeoutMs, maxWait: CONNECT_TIMEOUT_MS },
          );
        },
        (error) => (thrown && thrown.error === error ? error : asFault(error)),
      );
    },
    async close() {
      closed = true;
      await client.$disconnect();
      await pool.end();
    },
  };
}

function transactionOver(held: Prisma.TransactionClient): Transaction {
  return {
    query: <Row>(statement: Prisma.Sql) => translated(() => held.$queryRaw<Row[]>(statement), asFault),
    queryText: <Row>(text: string, values: readonly unknown[]) =>
      translated(() => held.$queryRawUnsafe<Row[]>(text, ...values), asStatementError),
    executeText: (text, values) =>
      translated(() => held.$executeRawUnsafe(text, ...values), asStatementError),
  };
}

async function translated<T>(run: () => Promise<T>, translate: (error: unknown) => unknown): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw translate(error);
  }
}

/** `?pgbouncer=true`, as Prisma has always spelt it: another connection may serve the next statement. */
function isBehindPgBouncer(databaseUrl: string): boolean {
  return new URL(databaseUrl).searchParams.get('pgbouncer') === 'true';
}

/** The driver takes any text for a host name, and would look up "base" for it. */
export function assertDatabaseUrl(databaseUrl: string): void {
  const protocol = URL.canParse(databaseUrl) ? new URL(databaseUrl).protocol : '';
  if (protocol === 'postgres:' || protocol === 'postgresql:') return;
  throw new FairleadError('CONFIG_INVALID', 'The database URL is not a PostgreSQL URL.', {
    fix: 'Give it as postgresql://user:password@host:5432/database.',
  });
}
