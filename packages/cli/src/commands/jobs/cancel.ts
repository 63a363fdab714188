import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function cancelJob(context: Context) {
  return command('cancel', {
    summary: 'Cancel a job, also a running one',
    description:
      'Cancel a job. No attempt of it begins any more; the signal of a running one is aborted, and its outcome is not recorded',
    examples: [
      'fairlead jobs cancel acme 01930b6e-8f5c-7cc1-9d2b-3f1f6f0f5a11',
      'fairlead jobs list acme --state queued --all | cut -f1 | xargs -n1 fairlead jobs cancel acme',
    ],
  })
    .argument('<workspace>', 'its name')
    .argument('<id>', 'id of the job')
    .action(async (workspace, id, { json }) => {
      const cancelled = await context.ask((api) => api.cancelJob({ workspace, id }));
      await context.show(
        json,
        cancelled,
        ({ wasRunning }) =>
          `${id} is cancelled${wasRunning ? '; it was running, and is told to stop' : ''}\n`,
      );
    });
}
