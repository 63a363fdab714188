import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { table } from '../../output/table.ts';
import { flagColumns } from './show-flag.ts';

export function listFlags(context: Context) {
  return command('list', {
    summary: 'List the switches and their values',
    examples: ['fairlead flags list', 'fairlead flags list --json'],
  }).action(async ({ json }) => {
    const answer = await context.ask((api) => api.listFlags());
    await context.show(json, answer, ({ flags }) => table(context.out, flagColumns(context), flags));
  });
}
