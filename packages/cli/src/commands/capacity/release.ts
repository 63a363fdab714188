import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function releaseCapacity(context: Context) {
  return command('release', {
    summary: 'Take a pin back',
    description:
      'Take a pin back. Capacity goes on by the ordinary rules from what it was before the pin, if that is less. With --json it prints ' +
      '{"released": true}: the API answers nothing',
    examples: ['fairlead capacity release'],
  }).action(async ({ json }) => {
    await context.askController((api) => api.releaseCapacity());
    await context.show(json, { released: true }, () => 'capacity is not pinned any more\n');
  });
}
