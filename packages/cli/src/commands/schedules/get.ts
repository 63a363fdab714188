import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { showSchedule } from './show-schedule.ts';

export function getSchedule(context: Context) {
  return command('get', {
    summary: 'Look at a schedule',
    examples: ['fairlead schedules get acme nightly-report'],
  })
    .argument('<workspace>', 'its name')
    .argument('<schedule>', 'its name')
    .action(async (workspace, name, { json }) => {
      const schedule = await context.ask((api) => api.getSchedule({ workspace, name }));
      await context.show(json, schedule, () => showSchedule(context, schedule));
    });
}
