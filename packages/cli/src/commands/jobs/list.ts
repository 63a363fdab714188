import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { allOption, cursorOption, limitOption } from '../../input/paged.ts';
import { showPages } from '../../output/pages.ts';
import { jobColumns } from './job-columns.ts';

const STATES = ['accepted', 'queued', 'succeeded', 'dead', 'cancelled'] as const;

export function listJobs(context: Context) {
  return command('list', {
    summary: 'List the jobs of a workspace',
    description:
      'List the jobs of a workspace, the newest first. What is in Redis, whether it runs or waits, is "queued"',
    examples: [
      'fairlead jobs list acme',
      'fairlead jobs list acme --state dead --type email.send',
      'fairlead jobs list acme --state queued --all | cut -f1',
    ],
  })
    .argument('<workspace>', 'its name')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(STATES))
    .option('--type <type>', 'only jobs of this type')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(allOption())
    .action((workspace, { state, type, ...options }) => {
      const selection = {
        ...(state === undefined ? {} : { state }),
        ...(type === undefined ? {} : { type }),
      };
      return showPages(context, options, 'jobs', jobColumns(context), (query) =>
        context.ask((api) => api.listJobs({ workspace, ...selection, ...query })),
      );
    });
}
