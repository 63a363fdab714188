import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MigrationList } from './schema-engine.ts';

/** Beside `src` and `dist` alike. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../prisma/migrations/', import.meta.url));

const LOCK_FILE = 'migration_lock.toml';
const SCRIPT = 'migration.sql';

/** The migrations of a folder in the form that the schema engine takes, oldest first. */
export async function readMigrations(baseDir: string): Promise<MigrationList> {
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const scripts = await Promise.all(
    names.sort().map(async (name) => ({
      path: name,
      migrationFile: {
        path: SCRIPT,
        content: { tag: 'ok' as const, value: await readFile(path.join(baseDir, name, SCRIPT), 'utf8') },
      },
    })),
  );
  return {
    baseDir,
    lockfile: { path: LOCK_FILE, content: await readFile(path.join(baseDir, LOCK_FILE), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: scripts,
  };
}
