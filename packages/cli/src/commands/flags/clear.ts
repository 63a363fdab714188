import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { showFlag } from './show-flag.ts';

export function clearFlag(context: Context) {
  return command('clear', {
    summary: 'Put a switch back to its initial value',
    description: 'Put a switch back to the value that the configuration of the dispatchers has',
    examples: ['fairlead flags clear schedules-paused'],
  })
    .argument('<flag>', 'its name; flags list shows them')
    .action(async (name, { json }) => {
      const flag = await context.ask((api) => api.clearFlag({ name }));
      await context.show(json, flag, () => showFlag(context, flag));
    });
}
