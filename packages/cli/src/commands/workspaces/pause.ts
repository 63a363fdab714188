import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function pauseWorkspace(context: Context) {
  return command('pause', {
    summary: 'Start no more jobs of a workspace',
    description: 'Start no more jobs of a workspace. Running ones go on, and new ones are accepted and wait',
    examples: ['fairlead workspaces pause acme'],
  })
    .argument('<workspace>', 'its name')
    .action(async (workspace, { json }) => {
      const paused = await context.ask((api) => api.pauseWorkspace({ workspace }));
      await context.show(
        json,
        paused,
        ({ name, counts }) =>
          `${name} is paused: ${counts.waiting} waiting, ${counts.active} still running\n`,
      );
    });
}
