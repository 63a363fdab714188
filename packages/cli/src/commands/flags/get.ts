import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { showFlag } from './show-flag.ts';

export function getFlag(context: Context) {
  return command('get', {
    summary: 'Look at a switch',
    examples: [
      'fairlead flags get schedules-paused',
      'fairlead flags get redis-full-percent --json | jq .value',
    ],
  })
    .argument('<flag>', 'its name; flags list shows them')
    .action(async (name, { json }) => {
      const flag = await context.ask((api) => api.getFlag({ name }));
      await context.show(json, flag, () => showFlag(context, flag));
    });
}
