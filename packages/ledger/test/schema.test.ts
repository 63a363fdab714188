import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { NO_FILTER, openSchemaEngine } from '../src/schema-engine.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';

const SCHEMA = new URL('../prisma/schema.prisma', import.meta.url);

let server: LedgerServer;
beforeAll(async () => {
  server = await startLedgerServer();
});
afterAll(() => server.stop());

test('the migrations make the tables that the schema describes', async () => {
  const schema = await readFile(SCHEMA, 'utf8');
  expect(await stepsTo(schema)).toBe('-- This is an empty migration.');
});

test('a schema that went on without a migration is noticed', async () => {
  const schema = await readFile(SCHEMA, 'utf8');
  const forgotten = [
    schema.replace(
      'maxBacklog         Int       @default(100000)',
      'maxBacklog         Int       @default(5)',
    ),
    schema.replace('concurrency        Int?', 'concurrency        Int'),
    schema.replace('  runtime\n}', '  runtime\n  cost\n}'),
    schema.replace('onDelete: Cascade', 'onDelete: Restrict'),
    `${schema}\nmodel Forgotten {\n  id Int @id\n}\n`,
  ];
  for (const changed of forgotten) {
    expect(changed).not.toBe(schema);
    expect(await stepsTo(changed)).toMatch(/ALTER|CREATE/);
  }
});

/** The SQL that Prisma would still need to get from the migrated database to a schema. */
async function stepsTo(schema: string): Promise<string | undefined> {
  const session = await new PrismaPg({ connectionString: await server.migrated(), max: 1 }).connect();
  try {
    const engine = await openSchemaEngine(readingCatalogs(session));
    const files = [{ path: 'schema.prisma', content: schema }];
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '/' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: NO_FILTER,
    });
    return stdout?.trim();
  } finally {
    await session.dispose();
  }
}

const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * The engine reads PostgreSQL's catalogs, some of whose columns are of the type "char"; the engine knows it, but the
 * adapter refuses it. So the adapter gets to see a text, and the engine the "char" that it is.
 */
function readingCatalogs(session: Awaited<ReturnType<PrismaPg['connect']>>): SqlDriverAdapter {
  const pool = session.underlyingDriver();
  const query = pool.query.bind(pool) as (
    ...args: unknown[]
  ) => Promise<{ fields: { dataTypeID: number }[] }>;
  let charColumns: number[] = [];
  const relabelled = async (...args: unknown[]) => {
    const result = await query(...args);
    charColumns = [...result.fields.keys()].filter((index) => result.fields[index]?.dataTypeID === CHAR_OID);
    for (const index of charColumns) Object.assign(result.fields[index] ?? {}, { dataTypeID: TEXT_OID });
    return result;
  };
  Object.assign(pool, { query: relabelled });
  return {
    provider: session.provider,
    adapterName: session.adapterName,
    queryRaw: async (sql) => {
      const result = await session.queryRaw(sql);
      for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    },
    executeRaw: (sql) => session.executeRaw(sql),
    executeScript: (script) => session.executeScript(script),
    startTransaction: (level) => session.startTransaction(level),
    getConnectionInfo: () => session.getConnectionInfo(),
    dispose: () => session.dispose(),
  };
}
