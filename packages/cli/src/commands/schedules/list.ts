import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { allOption, cursorOption, limitOption } from '../../input/paged.ts';
import { showPages } from '../../output/pages.ts';
import type { Column } from '../../output/table.ts';
import { when } from '../../output/time.ts';
import { recurrenceOf, type Schedule } from './show-schedule.ts';

export function listSchedules(context: Context) {
  const { out, nowMs } = context;
  const columns: Column<Schedule>[] = [
    { title: 'SCHEDULE', text: ({ name }) => name },
    { title: 'RECURRENCE', text: recurrenceOf },
    { title: 'TYPE', text: ({ job }) => job.type, shrinks: true },
    {
      title: 'NEXT',
      text: ({ paused, nextDueAt }) => (paused ? 'paused' : when(out, nextDueAt, nowMs()) || 'never'),
      style: ({ paused }) => (paused ? 'yellow' : undefined),
    },
    { title: 'LAST', text: ({ lastDueAt }) => when(out, lastDueAt, nowMs()) },
  ];
  return command('list', {
    summary: 'List the schedules of a workspace',
    description: 'List the schedules of a workspace, in the order of their names',
    examples: [
      'fairlead schedules list acme',
      "fairlead schedules list acme --json | jq '.schedules[].name'",
    ],
  })
    .argument('<workspace>', 'its name')
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(allOption())
    .action((workspace, options) =>
      showPages(context, options, 'schedules', columns, (query) =>
        context.ask((api) => api.listSchedules({ workspace, ...query })),
      ),
    );
}
