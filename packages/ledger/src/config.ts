import { FairleadError } from '@fairlead/core';

export interface MigrateConfig {
  readonly databaseUrl: string;
}

/** The only reader of the environment. Throws CONFIG_INVALID when DATABASE_URL is not there. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): MigrateConfig {
  const databaseUrl = env.DATABASE_URL?.trim() ?? '';
  if (databaseUrl === '') {
    throw new FairleadError('CONFIG_INVALID', 'DATABASE_URL is not set.', {
      fix: 'Set it to the database to migrate, as postgresql://user:password@host:5432/database.',
    });
  }
  return { databaseUrl };
}
