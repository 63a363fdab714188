import { FairleadError } from '@fairlead/core';
import { command } from '../command.ts';
import { readSetting } from '../config.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, usage } from '../failure.ts';

export function migrate(context: Context) {
  return command('migrate', {
    summary: 'Bring the database up to date, before the services of this version start',
    description:
      'Apply the migrations that the database of DATABASE_URL lacks, each in a transaction of its own. Again it does ' +
      'nothing, and of several at once one does it. With --json it prints {"applied": [names]}',
    examples: ['DATABASE_URL=postgresql://fairlead@127.0.0.1/fairlead fairlead migrate'],
  }).action(async ({ json }) => {
    const databaseUrl = readSetting(context.env, 'DATABASE_URL');
    if (databaseUrl === undefined) {
      throw usage('DATABASE_URL is not set.', 'Set it as the services have it, or DATABASE_URL_FILE.');
    }
    const { applyMigrations } = await import('@fairlead/ledger');
    const done = await applyMigrations(databaseUrl).catch((error: unknown) => {
      throw error instanceof FairleadError ? asFailure(error) : error;
    });
    await context.show(json, done, ({ applied }) =>
      [...applied.map((name) => `${name} is applied\n`), 'The database is up to date.\n'].join(''),
    );
  });
}

function asFailure({ code, message, fix }: FairleadError): Failure {
  const exitCode =
    code === 'CONFIG_INVALID' ? EXIT.usage : code === 'LEDGER_UNAVAILABLE' ? EXIT.unavailable : EXIT.failed;
  return new Failure(exitCode, `${message} (${code})`, { fix });
}
