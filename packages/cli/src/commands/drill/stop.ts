import { Argument } from '@commander-js/extra-typings';
import { DRILL_SIGNALS } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function stopDrill(context: Context) {
  return command('stop', {
    summary: 'End an exercise',
    description: 'End an exercise. With --json it prints {"stopped": true}: the API answers nothing',
    examples: ['fairlead drill stop failure_rate'],
  })
    .addArgument(new Argument('<signal>', 'what is measured').choices(DRILL_SIGNALS))
    .action(async (name, { json }) => {
      await context.askController((api) => api.stopDrill({ name }));
      await context.show(json, { stopped: true }, () => `${name} is measured again from the next tick on\n`);
    });
}
