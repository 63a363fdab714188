/// <reference path="./webassembly.d.ts" />
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

export type { DiffTarget, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Prisma's schema engine as WebAssembly, over a connection that we give it. The engine binary of `prisma migrate` is
 * fetched when first used, from a server that a closed network does not reach; this is the same engine from npm.
 *
 * The package's own entry imports the `.wasm` as a module, the way of bundlers, so it is instantiated here by hand.
 */
export async function openSchemaEngine(connection: SqlDriverAdapter): Promise<SchemaEngine> {
  loaded ??= load();
  const bindings = await loaded;
  return bindings.SchemaEngine.new(
    { datamodels: undefined },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factoryOf(connection)),
  );
}

/** All tables and enums are ours. */
export const NO_FILTER = { externalTables: [], externalEnums: [] };

/** Where the engine looks for somebody to tell why it panics. Prisma's client may have put one there. */
interface PanicRegistryHolder {
  PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void };
}

type Bindings = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');

/** The bindings keep the instance in a variable of their module, so there can be one only. */
let loaded: Promise<Bindings> | undefined;

async function load(): Promise<Bindings> {
  (globalThis as PanicRegistryHolder).PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message(message) {
      throw new Error(`Prisma's schema engine panicked: ${message}`);
    },
  };
  // Here and not on top: 5 MB that a service which applies no migrations has no use for.
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const wasm = await readFile(path.join(path.dirname(entry), 'schema_engine_bg.wasm'));
  const imports = { './schema_engine_bg.js': { ...bindings, ...unreferencedTimers(bindings) } };
  const { instance } = await WebAssembly.instantiate(wasm, imports);
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return bindings;
}

/** The engine leaves a 10 s timer behind (its patience for the lock), which would keep the process for as long. */
function unreferencedTimers(
  bindings: Bindings,
): Record<string, (callback: () => void, ms: number) => NodeJS.Timeout> {
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout_'));
  return Object.fromEntries(
    names.map((name) => [name, (callback, ms) => setTimeout(callback, ms >>> 0).unref()]),
  );
}

function factoryOf(connection: SqlDriverAdapter): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = connection;
  return {
    provider,
    adapterName,
    connect: async () => connection,
    connectToShadowDb: () => Promise.reject(new Error('There is no shadow database.')),
  };
}
