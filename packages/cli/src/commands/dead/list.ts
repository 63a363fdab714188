import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { allOption, cursorOption, limitOption } from '../../input/paged.ts';
import { showPages } from '../../output/pages.ts';
import { jobColumns } from '../jobs/job-columns.ts';

export function listDead(context: Context) {
  return command('list', {
    summary: 'List the dead letters of a workspace',
    description:
      'List the dead letters of a workspace, the newest first: jobs that failed and are not tried again',
    examples: ['fairlead dead list acme', 'fairlead dead list acme --type email.send --json'],
  })
    .argument('<workspace>', 'its name')
    .option('--type <type>', 'only jobs of this type')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(allOption())
    .action((workspace, { type, ...options }) =>
      showPages(context, options, 'jobs', deadColumns(context), (query) =>
        context.ask((api) => api.listDead({ workspace, ...(type === undefined ? {} : { type }), ...query })),
      ),
    );
}

/** On a screen the error has the room of what is the same in every row, or of less use. */
function deadColumns(context: Context) {
  const columns = jobColumns(context);
  return context.out.live ? columns.filter(({ title }) => !['STATE', 'CREATED'].includes(title)) : columns;
}
