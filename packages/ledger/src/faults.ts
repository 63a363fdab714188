import { FairleadError } from '@fairlead/core';
import { DatabaseError } from 'pg';

/**
 * Errors of Postgres, told apart by who has to act: nobody can work with this database now (`LEDGER_UNAVAILABLE`,
 * with the fix), or the caller wrote a value that the database refuses (`INVALID_REQUEST`). Anything else is a
 * mistake of ours and stays as it is.
 */

/** What the driver said, taken out of Prisma's wrappings. */
interface DriverReport {
  /** SQLSTATE, where Postgres itself answered. */
  readonly sqlState: string | undefined;
  /** Prisma's name for it, also for failures before Postgres could answer. */
  readonly kind: string | undefined;
  readonly message: string;
}

const CHECK_SERVER = 'Check that Postgres runs and that DATABASE_URL names its host and port.';
const CHECK_TLS =
  'DATABASE_URL asks for TLS: name the authority of the server in it with sslrootcert=<file>, and the host that is in ' +
  'the certificate; without sslmode it asks for none.';
const WAIT_FOR_SERVER = 'It is retried by itself; if it lasts, look at the log of Postgres.';
const CHECK_LOGIN = 'Check the user and the password in DATABASE_URL.';
const MIGRATE = 'Apply the migrations: run migrate-main of @fairlead/ledger against this database.';

/** By SQLSTATE. A two-letter key stands for its whole class. */
const FIXES: Readonly<Record<string, string>> = {
  '08': WAIT_FOR_SERVER,
  '25006': 'Postgres is read-only: DATABASE_URL must name the primary.',
  '28': CHECK_LOGIN,
  '3D000': 'Create the database, or correct its name in DATABASE_URL.',
  '42501': 'Grant the user of DATABASE_URL its rights on this database.',
  '42703': MIGRATE,
  '42704': MIGRATE,
  '42P01': MIGRATE,
  '53': 'Postgres is out of connections, memory or disk: free some, or lower the pool size of the services.',
  '55P03': 'Another session holds a lock, perhaps another migration: wait for it, or end it.',
  '57': WAIT_FOR_SERVER,
  '57014': 'The statement was cancelled, perhaps because it took too long: look at the log of Postgres.',
  '58': WAIT_FOR_SERVER,
};

/** Failures on the way, for which there is no SQLSTATE: Prisma's names, and ours. */
const NETWORK_KINDS: Readonly<Record<string, string>> = {
  DatabaseNotReachable: 'no server is reachable',
  ConnectionClosed: 'the connection was closed',
  SocketTimeout: 'the connection timed out',
  TlsConnectionError: 'no TLS connection could be made',
};
const NETWORK_CODES = /^(E(AI_AGAIN|CONN\w+|HOST\w+|NET\w+|NOTFOUND|PIPE|TIMEDOUT))$/;
/** The driver gives these neither code nor class. */
const NETWORK_MESSAGES =
  /^(Query read timeout|Transaction API error: Unable to start a transaction|timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;

const NOT_NULL_VIOLATION = '23502';
const CHECK_VIOLATION = '23514';
/** Classes of SQLSTATEs for a value that is wrong, and for one that is too long or nested too deeply. */
const VALUE_CLASSES = ['22', '54'];

/**
 * The fault for an error of Prisma or its driver: a FairleadError, or the error itself when it is neither an outage
 * nor a refused value. The message never holds the URL, for that has the password in it.
 */
export function asFault(error: unknown): unknown {
  if (error instanceof FairleadError) return error;
  const report = driverReport(error);
  const { sqlState = '', kind = '', message } = report;

  const fix = FIXES[sqlState] ?? FIXES[sqlState.slice(0, 2)];
  if (fix !== undefined) return unavailable(message, fix, error);
  if (kind === 'TlsConnectionError') return unavailable(message, CHECK_TLS, error);
  if (kind in NETWORK_KINDS || NETWORK_MESSAGES.test(message) || hasNetworkCode(error)) {
    return unavailable(message, CHECK_SERVER, error);
  }

  const isOfValue = VALUE_CLASSES.includes(sqlState.slice(0, 2));
  if ([NOT_NULL_VIOLATION, CHECK_VIOLATION].includes(sqlState) || isOfValue) {
    const isSlug = message.includes('"Workspace_slug_check"');
    return new FairleadError(isSlug ? 'WORKSPACE_NAME_INVALID' : 'INVALID_REQUEST', message, {
      cause: error,
    });
  }
  return error;
}

/** Of a statement that is not ours, only these are outages; any other answer of Postgres is about the statement. */
const OUTAGES = /^(08|53|58|57P0|25006)/;

/**
 * The error of a handler's own statement: LEDGER_UNAVAILABLE when Postgres could not be used, or else an Error with
 * what Postgres said and its SQLSTATE as `code`, as the driver itself has it. A missing column is then the handler's
 * mistake, and not one of our migrations.
 */
export function asStatementError(error: unknown): unknown {
  const { sqlState, message } = driverReport(error);
  if (sqlState === undefined || OUTAGES.test(sqlState)) return asFault(error);
  return Object.assign(new Error(message, { cause: error }), { code: sqlState });
}

/** LEDGER_UNAVAILABLE, whatever the error is: for a call whose only purpose is to see whether Postgres answers. */
export function asOutage(error: unknown): FairleadError {
  const fault = asFault(error);
  if (fault instanceof FairleadError && fault.code === 'LEDGER_UNAVAILABLE') return fault;
  return unavailable(driverReport(error).message, CHECK_SERVER, error);
}

/** Postgres gave no answer within the time that the caller had. */
export function noAnswer(deadlineMs: number): FairleadError {
  return unavailable(`no answer within ${deadlineMs} ms`, CHECK_SERVER, undefined);
}

function unavailable(what: string, fix: string, cause: unknown): FairleadError {
  return new FairleadError('LEDGER_UNAVAILABLE', `Postgres cannot be used: ${what}`, { fix, cause });
}

/**
 * Raw statements of Prisma carry the driver's error in `meta.driverAdapterError`; the adapter alone throws it bare, and
 * the driver itself says the SQLSTATE as `code`.
 */
export function driverReport(error: unknown): DriverReport {
  if (error instanceof DatabaseError)
    return { sqlState: error.code, kind: undefined, message: error.message };
  const outer = (error ?? {}) as { message?: string; meta?: { driverAdapterError?: unknown } };
  const adapterError = (outer.meta?.driverAdapterError ?? error ?? {}) as { cause?: unknown };
  const said = (adapterError.cause ?? {}) as Partial<Record<string, unknown>>;
  const text = (key: string) => (typeof said[key] === 'string' ? said[key] : undefined);
  const kind = text('kind');
  const message = text('originalMessage') ?? networkMessage(kind, said) ?? outer.message ?? String(error);
  return { sqlState: text('originalCode'), kind, message };
}

function networkMessage(
  kind: string | undefined,
  said: Partial<Record<string, unknown>>,
): string | undefined {
  if (kind === undefined) return undefined;
  const words = NETWORK_KINDS[kind] ?? kind;
  if (said.reason !== undefined) return `${words}: ${said.reason}`;
  return said.host === undefined
    ? words
    : `${words} at ${said.host}${said.port === undefined ? '' : `:${said.port}`}`;
}

function hasNetworkCode(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && NETWORK_CODES.test(code);
}
