import type { DatabaseFacts } from '@fairlead/ledger';
import { type Finding, failed, ok, warning } from './check.ts';

/** Whether the database is the one that this version of Fairlead was made for. */
export function checkPostgres({ version, pending, unknown }: DatabaseFacts): Finding[] {
  return [ok('postgres', `PostgreSQL ${version}`), checkMigrations(pending, unknown)];
}

function checkMigrations(pending: readonly string[], unknown: readonly string[]): Finding {
  const check = 'postgres migrations';
  if (pending.length > 0) {
    return failed(
      check,
      `${pending.length} not applied, from ${pending[0]} on`,
      'Apply them: DATABASE_URL=… fairlead migrate',
    );
  }
  if (unknown.length > 0) {
    return warning(
      check,
      `it has ${unknown.length} that this version does not know, from ${unknown[0]} on`,
      'It was migrated by a newer Fairlead: use that one here too.',
    );
  }
  return ok(check, 'all applied');
}
