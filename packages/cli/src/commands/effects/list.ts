import type { Client } from '@fairlead/client';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { allOption, cursorOption, limitOption } from '../../input/paged.ts';
import { showPages } from '../../output/pages.ts';
import type { Column } from '../../output/table.ts';
import { when } from '../../output/time.ts';

type Effect = Awaited<ReturnType<Client['listEffects']>>['effects'][number];

export function listEffects(context: Context) {
  const { out, nowMs } = context;
  const columns: Column<Effect>[] = [
    { title: 'EFFECT', text: ({ effectKey }) => effectKey, shrinks: true },
    { title: 'UNKNOWN SINCE', text: ({ unknownSince }) => when(out, unknownSince, nowMs()) },
    { title: 'JOB', text: ({ jobId }) => jobId },
    { title: 'ATTEMPT', text: ({ attempt }) => String(attempt) },
  ];
  return command('list', {
    summary: 'List effects of which nobody knows whether they happened',
    description:
      'List the effects of a workspace of which nobody knows whether they happened, in the order of their keys: the attempt did not come back, and the job waits as a dead letter',
    examples: ['fairlead effects list acme', "fairlead effects list acme --json | jq '.effects[].effectKey'"],
  })
    .argument('<workspace>', 'its name')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(allOption())
    .action((workspace, options) =>
      showPages(context, options, 'effects', columns, (query) =>
        context.ask((api) => api.listEffects({ workspace, ...query })),
      ),
    );
}
