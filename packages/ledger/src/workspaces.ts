import { type By, noted } from './audit.ts';
import type { Database } from './database.ts';
import { type Fairness, Prisma, type Workspace, type WorkspaceSettings } from './generated/client.ts';
import { type BackfillAnswer, type BackfillStep, backfillHighQuota } from './high-quota.ts';

/**
 * Workspaces and their settings: two tables, one row each, written together.
 *
 * Every verb is one statement, and one more when the first finds something missing, whether it is asked for one
 * workspace or for ten thousand. Prisma's typed client needs a round trip per table, and cannot compare a version and
 * write in the same statement; so the statements are raw, and their rows have the types of the generated models.
 */

export interface WorkspaceRecord {
  readonly slug: string;
  readonly displayName: string | null;
  readonly createdAt: Date;
  readonly settings: Settings;
}

/** A number of its own; what its quota is; or null. */
export type Limit = number | 'quota' | null;

export interface Settings {
  /** Share of service against the others, > 0. */
  readonly weight: number;
  /** Jobs in flight at most; null = unlimited, 'quota' = what its place on the ladder gives. */
  readonly concurrency: Limit;
  /** Starts per second at most, in the long run; null = unlimited, 'quota' as above. */
  readonly ratePerSecond: Limit;
  /** Starts at once after a rest; only with a rate. Null: what one second brings. */
  readonly burst: Limit;
  /** Jobs that may wait; more are refused. */
  readonly maxBacklog: number;
  readonly paused: boolean;
  /** Takes no new jobs, and finishes those that it has. */
  readonly draining: boolean;
  readonly highQuotaEnabled: boolean;
  /** What is shared in proportion to the weights: starts of jobs, or run time. */
  readonly fairness: Fairness;
  /** Counts the changes, from 1. */
  readonly version: number;
  readonly updatedAt: Date;
}

type Changeable = Omit<Settings, 'version' | 'updatedAt'> & { readonly displayName: string | null };

/** What is absent or undefined stays as it is. */
export type SettingsChange = { readonly [Name in keyof Changeable]?: Changeable[Name] | undefined };

export type UpdateOutcome =
  | { readonly outcome: 'updated'; readonly record: WorkspaceRecord }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'conflict'; readonly version: number };

/** All of them throw LEDGER_UNAVAILABLE when Postgres cannot be used. */
export interface Workspaces {
  /**
   * The records of `slugs`, each once, in the order of their first mention; those that were missing are created with
   * default settings. Safe to call from many processes at once.
   * Throws WORKSPACE_NAME_INVALID, and creates none, when the form of one is wrong.
   */
  ensure(slugs: readonly string[]): Promise<WorkspaceRecord[]>;
  get(slug: string): Promise<WorkspaceRecord | undefined>;
  /** The first `limit` records whose slug is greater than `after`, in the order of the slugs' bytes. */
  list(options: { after?: string | undefined; limit: number }): Promise<WorkspaceRecord[]>;
  /** The slugs of those that are draining; an index holds nothing else. */
  draining(): Promise<string[]>;
  /**
   * Changes what `change` names and counts the version up. With `expectedVersion` only when the record still has it:
   * of several who read the same version, one is `updated` and the others get a `conflict` with the version that is
   * now. Throws INVALID_REQUEST when the database refuses a value.
   */
  update(
    slug: string,
    change: SettingsChange,
    expectedVersion?: number,
    by?: SettingsAuthor,
  ): Promise<UpdateOutcome>;
  /** Makes those of one page eligible for the higher quota; see high-quota.ts. */
  backfillHighQuota(step: BackfillStep, by?: By): Promise<BackfillAnswer>;
}

/** For the audit: who, and what they called it. */
export type SettingsAuthor = By & {
  readonly action: 'workspace.update' | 'workspace.pause' | 'workspace.drain' | 'workspace.resume';
};

type Row = Pick<Workspace, 'slug' | 'displayName' | 'createdAt'> & Omit<WorkspaceSettings, 'workspace'>;

const COLUMNS = Prisma.sql`w."slug", w."displayName", w."createdAt", s."weight", s."concurrency",
  s."concurrencyIsQuota", s."ratePerSecond", s."rateIsQuota", s."burst", s."burstIsQuota", s."maxBacklog", s."paused",
  s."draining", s."highQuotaEnabled", s."fairness", s."version", s."updatedAt"`;

/** Beside a limit, the column that says what is meant where it is null. */
const QUOTA_FLAGS = {
  concurrency: 'concurrencyIsQuota',
  ratePerSecond: 'rateIsQuota',
  burst: 'burstIsQuota',
} as const satisfies { readonly [Name in keyof Changeable]?: keyof WorkspaceSettings };
const flagOf = (name: string) => (QUOTA_FLAGS as Partial<Record<string, string>>)[name];

const SETTING_TYPES = {
  weight: 'float8',
  concurrency: 'int4',
  ratePerSecond: 'float8',
  burst: 'int4',
  maxBacklog: 'int4',
  paused: 'bool',
  draining: 'bool',
  highQuotaEnabled: 'bool',
  fairness: '"Fairness"',
} as const satisfies Record<Exclude<keyof Changeable, 'displayName'>, string>;

export function createWorkspaces(database: Database): Workspaces {
  return {
    ensure: (slugs) => ensure(database, slugs),
    get: async (slug) => (await read(database, [slug]))[0],
    list: ({ after = '', limit }) => list(database, after, limit),
    draining: () => draining(database),
    update: (slug, change, expectedVersion, by) => update(database, slug, change, expectedVersion, by),
    backfillHighQuota: (step, by) => backfillHighQuota(database, step, by),
  };
}

async function ensure(database: Database, slugs: readonly string[]): Promise<WorkspaceRecord[]> {
  const wanted = [...new Set(slugs)];
  const found = new Map<string, WorkspaceRecord>();
  const keep = (records: WorkspaceRecord[]) => {
    for (const record of records) found.set(record.slug, record);
  };
  const missing = () => wanted.filter((slug) => !found.has(slug));

  // Reading first: nearly all calls are about workspaces that exist, and then nothing is written or locked.
  if (wanted.length > 0) keep(await read(database, wanted));
  if (missing().length > 0) keep(await create(database, missing()));
  // What another process created in between is neither created here nor visible in that statement's snapshot.
  if (missing().length > 0) keep(await read(database, missing()));

  return wanted.map((slug) => found.get(slug)).filter((record) => record !== undefined);
}

/** Creates those that do not exist, and answers with the created ones only. */
async function create(database: Database, slugs: readonly string[]): Promise<WorkspaceRecord[]> {
  // One order for everybody: two callers that insert the same slugs in opposite orders would deadlock.
  const ordered = [...slugs].sort();
  const rows = await database.query<Row>(Prisma.sql`
    WITH w AS (
      INSERT INTO "Workspace" ("slug") SELECT slug FROM unnest(${ordered}::text[]) WITH ORDINALITY AS t(slug, place)
      ORDER BY place ON CONFLICT DO NOTHING RETURNING *
    ), s AS (
      INSERT INTO "WorkspaceSettings" ("workspace") SELECT "slug" FROM w RETURNING *
    )
    SELECT ${COLUMNS} FROM w JOIN s ON s."workspace" = w."slug"`);
  return rows.map(toRecord);
}

async function read(database: Database, slugs: readonly string[]): Promise<WorkspaceRecord[]> {
  const rows = await database.query<Row>(Prisma.sql`
    SELECT ${COLUMNS} FROM unnest(${slugs}::text[]) AS t(slug)
    JOIN "Workspace" w USING ("slug") JOIN "WorkspaceSettings" s ON s."workspace" = w."slug"`);
  return rows.map(toRecord);
}

async function list(database: Database, after: string, limit: number): Promise<WorkspaceRecord[]> {
  const rows = await database.query<Row>(Prisma.sql`
    SELECT ${COLUMNS} FROM "Workspace" w JOIN "WorkspaceSettings" s ON s."workspace" = w."slug"
    WHERE w."slug" > ${after} ORDER BY w."slug" LIMIT ${asText(limit)}::int4`);
  return rows.map(toRecord);
}

async function draining(database: Database): Promise<string[]> {
  const rows = await database.query<{ workspace: string }>(
    Prisma.sql`SELECT "workspace" FROM "WorkspaceSettings" WHERE "draining"`,
  );
  return rows.map(({ workspace }) => workspace);
}

async function update(
  database: Database,
  slug: string,
  change: SettingsChange,
  expectedVersion: number | undefined,
  by: SettingsAuthor | undefined,
): Promise<UpdateOutcome> {
  for (;;) {
    const record = await write(database, slug, change, expectedVersion, by);
    if (record !== undefined) return { outcome: 'updated', record };
    const current = (await read(database, [slug]))[0];
    if (current === undefined) return { outcome: 'not_found' };
    if (expectedVersion !== undefined) return { outcome: 'conflict', version: current.settings.version };
    // It was created between the two statements: now there is something to write to.
  }
}

/** The new record; undefined when there is none, or none of the expected version. */
async function write(
  database: Database,
  slug: string,
  change: SettingsChange,
  expectedVersion: number | undefined,
  by: SettingsAuthor | undefined,
): Promise<WorkspaceRecord | undefined> {
  const rename = change.displayName !== undefined;
  const ifVersion =
    expectedVersion === undefined
      ? Prisma.empty
      : Prisma.sql`AND now."version" = ${asText(expectedVersion)}::int4`;
  const renamed = rename
    ? Prisma.sql`, w AS (UPDATE "Workspace" SET "displayName" = ${change.displayName} FROM s
        WHERE "slug" = s."workspace" RETURNING "Workspace".*)`
    : Prisma.empty;
  const rows = await database.query<Row>(Prisma.sql`
    WITH was AS (
      SELECT s.*, w."displayName" FROM "WorkspaceSettings" s JOIN "Workspace" w ON w."slug" = s."workspace"
      WHERE s."workspace" = ${slug} FOR UPDATE OF s
    ), s AS (
      UPDATE "WorkspaceSettings" now
      SET ${assignments(change)}"version" = now."version" + 1, "updatedAt" = clock_timestamp()
      FROM was WHERE now."workspace" = was."workspace" ${ifVersion} RETURNING now.*
    )${renamed}${noted(by, Prisma.sql`was JOIN s ON s."workspace" = was."workspace"`, {
      action: by?.action ?? '',
      subject: Prisma.sql`'workspace:' || was."workspace"`,
      workspace: Prisma.sql`was."workspace"`,
      before: Prisma.sql`jsonb_build_object('version', was."version"${valuesOf(change)})`,
      after: Prisma.sql`${JSON.stringify(change)}::jsonb || jsonb_build_object('version', s."version")`,
    })}
    SELECT ${COLUMNS} FROM s JOIN ${Prisma.raw(rename ? 'w' : '"Workspace" w')} ON w."slug" = s."workspace"`);
  return rows.map(toRecord)[0];
}

/** What the change goes away from, as arguments of jsonb_build_object. */
function valuesOf(change: SettingsChange): Prisma.Sql {
  const names = [...Object.keys(SETTING_TYPES), 'displayName'].filter(
    (name) => change[name as keyof SettingsChange] !== undefined,
  );
  return names.length === 0
    ? Prisma.empty
    : Prisma.raw(`, ${names.map((name) => `'${name}', ${beforeOf(name)}`).join(', ')}`);
}

function beforeOf(name: string): string {
  const flag = flagOf(name);
  if (flag === undefined) return `was."${name}"`;
  return `coalesce(to_jsonb(was."${name}"), CASE WHEN was."${flag}" THEN '"quota"'::jsonb END)`;
}

function assignments(change: SettingsChange): Prisma.Sql {
  const parts: Prisma.Sql[] = [];
  for (const [name, type] of Object.entries(SETTING_TYPES)) {
    const value = change[name as keyof typeof SETTING_TYPES];
    if (value === undefined) continue;
    const number = value === 'quota' ? null : value;
    parts.push(Prisma.sql`${Prisma.raw(`"${name}"`)} = ${asText(number)}::${Prisma.raw(type)}`);
    const flag = flagOf(name);
    if (flag) parts.push(Prisma.raw(`"${flag}" = ${value === 'quota'}`));
  }
  return parts.length === 0 ? Prisma.empty : Prisma.sql`${Prisma.join(parts, ', ')}, `;
}

/**
 * Values travel as text, so that Postgres judges what we were given: as numbers, Prisma turns NaN and Infinity into
 * NULL on the way, and NULL is "unlimited".
 */
function asText(value: number | boolean | string | null): string | null {
  return value === null ? null : String(value);
}

function toRecord(row: Row): WorkspaceRecord {
  const { slug, displayName, createdAt, concurrencyIsQuota, rateIsQuota, burstIsQuota, ...settings } = row;
  const limits = {
    concurrency: limitOf(settings.concurrency, concurrencyIsQuota),
    ratePerSecond: limitOf(settings.ratePerSecond, rateIsQuota),
    burst: limitOf(settings.burst, burstIsQuota),
  };
  return { slug, displayName, createdAt, settings: { ...settings, ...limits } };
}

function limitOf(number: number | null, isQuota: boolean): Limit {
  return number ?? (isQuota ? 'quota' : null);
}
