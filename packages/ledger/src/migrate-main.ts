/** Applies the migrations to DATABASE_URL. Exit code 0: the database is up to date. 1: it is not, and here is why. */
import { FairleadError } from '@fairlead/core';
import { readConfig } from './config.ts';
import { applyMigrations } from './migrate.ts';

try {
  const { applied } = await applyMigrations(readConfig().databaseUrl);
  for (const name of applied) console.log(`Applied migration ${name}.`);
  console.log('The database is up to date.');
} catch (error) {
  if (!(error instanceof FairleadError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  if (error.fix !== undefined) console.error(`Fix: ${error.fix}`);
  process.exitCode = 1;
}
