import { readFileSync } from 'node:fs';
import { FairleadError } from '@fairlead/core';

export interface MigrateConfig {
  readonly databaseUrl: string;
}

/**
 * The only reader of the environment: DATABASE_URL, or the file that DATABASE_URL_FILE names. Throws CONFIG_INVALID
 * when neither is there, or both are.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): MigrateConfig {
  const given = env['DATABASE_URL']?.trim() ?? '';
  const file = env['DATABASE_URL_FILE']?.trim() ?? '';
  if (given !== '' && file !== '') {
    throw new FairleadError('CONFIG_INVALID', 'DATABASE_URL and DATABASE_URL_FILE are both set.', {
      fix: 'Take one away.',
    });
  }
  const databaseUrl = file === '' ? given : contentOf(file);
  if (databaseUrl === '') {
    throw new FairleadError('CONFIG_INVALID', 'DATABASE_URL is not set.', {
      fix: 'Set it to the database to migrate, as postgresql://user:password@host:5432/database.',
    });
  }
  return { databaseUrl };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FairleadError('CONFIG_INVALID', `DATABASE_URL_FILE cannot be read (${code}).`, {
      fix: 'It must name a file that this user may read.',
    });
  }
}
