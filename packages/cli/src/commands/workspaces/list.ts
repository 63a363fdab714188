import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { allOption, cursorOption, limitOption } from '../../input/paged.ts';
import { showPages } from '../../output/pages.ts';
import { stateStyle } from '../../output/state.ts';
import type { Column } from '../../output/table.ts';
import { orUnlimited, percent, stateOf, type Workspace, waitOf } from './show-workspace.ts';

export function listWorkspaces(context: Context) {
  return command('list', {
    summary: 'List workspaces with their live counts',
    description: 'List workspaces with their live counts, in the order of their names',
    examples: ['fairlead workspaces list', "fairlead workspaces list --all | awk -F'\\t' '$3 > 1000'"],
  })
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(allOption())
    .action((options) =>
      showPages(context, options, 'workspaces', columnsOf(context), (query) =>
        context.ask((api) => api.listWorkspaces(query)),
      ),
    );
}

function columnsOf(context: Context): Column<Workspace>[] {
  return [
    { title: 'WORKSPACE', text: ({ name }) => name },
    { title: 'STATE', text: stateOf, style: ({ state }) => stateStyle(state) },
    { title: 'WAITING', text: ({ counts }) => String(counts.waiting), align: 'right' },
    { title: 'ACTIVE', text: ({ counts }) => String(counts.active), align: 'right' },
    { title: 'DELAYED', text: ({ counts }) => String(counts.delayed), align: 'right' },
    {
      title: 'DEAD',
      text: ({ counts }) => String(counts.dead),
      style: ({ counts }) => (counts.dead > 0 ? 'red' : undefined),
      align: 'right',
    },
    { title: 'OLDEST', text: (workspace) => waitOf(context, workspace), align: 'right' },
    { title: 'SHARE', text: ({ service }) => percent(service.share), align: 'right' },
    { title: 'FAIR', text: ({ service }) => percent(service.fairShare), align: 'right' },
    { title: 'WEIGHT', text: ({ settings }) => String(settings.weight), align: 'right' },
    { title: 'QUOTA', text: ({ quota }) => String(quota), align: 'right' },
    { title: 'CONCURRENCY', text: ({ limits }) => orUnlimited(limits.concurrency), align: 'right' },
    { title: 'RATE/S', text: ({ limits }) => orUnlimited(limits.ratePerSecond), align: 'right' },
  ];
}
