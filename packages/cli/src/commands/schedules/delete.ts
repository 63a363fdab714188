import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function deleteSchedule(context: Context) {
  return command('delete', {
    summary: 'Delete a schedule; jobs that it has made go on',
    description:
      'Delete a schedule. Jobs that it has made go on. With --json it prints {"workspace", "name", "deleted": true}: ' +
      'the API answers nothing',
    examples: ['fairlead schedules delete acme nightly-report'],
  })
    .argument('<workspace>', 'its name')
    .argument('<schedule>', 'its name')
    .action(async (workspace, name, { json }) => {
      await context.ask((api) => api.deleteSchedule({ workspace, name }));
      await context.show(json, { workspace, name, deleted: true }, () => `${name} is deleted\n`);
    });
}
