import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import { when } from '../../output/time.ts';

export function getJob(context: Context) {
  const { out, nowMs } = context;
  const asJson = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));
  const time = (at: string | null | undefined) => (at == null ? undefined : when(out, at, nowMs()));
  return command('get', {
    summary: 'Look at a job',
    description: 'Look at a job: what became of it, or its place in the queue and why it does not start',
    examples: [
      'fairlead jobs get acme 01930b6e-8f5c-7cc1-9d2b-3f1f6f0f5a11',
      'fairlead jobs get acme "$id" --json | jq .result',
    ],
  })
    .argument('<workspace>', 'its name')
    .argument('<id>', 'id of the job')
    .action(async (workspace, id, { json }) => {
      const job = await context.ask((api) => api.getJob({ workspace, id }));
      await context.show(json, job, () =>
        fields(out, [
          ['id', job.id],
          ['workspace', job.workspace],
          ['type', job.type],
          ['state', job.state],
          ['position', job.position?.toString()],
          ['waitingReason', job.waitingReason],
          ['estimatedStartAt', time(job.estimatedStartAt)],
          ['attempts', `${job.attempts}/${job.maxAttempts}`],
          ['priority', String(job.priority)],
          ['idempotencyKey', job.idempotencyKey],
          ['createdAt', time(job.createdAt)],
          ['runAt', time(job.runAt)],
          ['startedAt', time(job.startedAt)],
          ['finishedAt', time(job.finishedAt)],
          ['progress', job.progress === 0 ? undefined : asJson(job.progress)],
          ['lastError', job.lastError],
          ['payload', asJson(job.payload)],
          ['result', asJson(job.result)],
        ]),
      );
    });
}
