import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function retryJob(context: Context) {
  return command('retry', {
    summary: 'Retry a dead letter',
    description: 'Retry a dead letter, with all its attempts again. For many at once see dead redrive',
    examples: ['fairlead jobs retry acme 01930b6e-8f5c-7cc1-9d2b-3f1f6f0f5a11'],
  })
    .argument('<workspace>', 'its name')
    .argument('<id>', 'id of the job')
    .action(async (workspace, id, { json }) => {
      const retried = await context.ask((api) => api.retryJob({ workspace, id }));
      await context.show(json, retried, () => `${id} is accepted again\n`);
    });
}
