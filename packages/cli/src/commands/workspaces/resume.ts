import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function resumeWorkspace(context: Context) {
  return command('resume', {
    summary: 'Start jobs of a paused workspace again; end a drain',
    examples: ['fairlead workspaces resume acme'],
  })
    .argument('<workspace>', 'its name')
    .action(async (workspace, { json }) => {
      const resumed = await context.ask((api) => api.resumeWorkspace({ workspace }));
      await context.show(json, resumed, ({ name, counts }) => `${name} goes on: ${counts.waiting} waiting\n`);
    });
}
