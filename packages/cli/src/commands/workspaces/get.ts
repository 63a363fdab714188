import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { showWorkspace } from './show-workspace.ts';

export function getWorkspace(context: Context) {
  return command('get', {
    summary: 'Look at a workspace',
    description: 'Look at a workspace: its settings, and what it is at now',
    examples: ['fairlead workspaces get acme', 'fairlead workspaces get acme --json | jq .counts.waiting'],
  })
    .argument('<workspace>', 'its name')
    .action(async (workspace, { json }) => {
      const found = await context.ask((api) => api.getWorkspace({ workspace }));
      await context.show(json, found, () => showWorkspace(context, found));
    });
}
