import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { openProgress } from '../../output/progress.ts';
import type { Workspace } from './show-workspace.ts';

const LOOK_EVERY_MS = 1_000;

export function drainWorkspace(context: Context) {
  return command('drain', {
    summary: 'Take no new jobs of a workspace, and finish those it has',
    description:
      'Take no new jobs of a workspace, and finish those that it has. Its schedules do not fire. workspaces resume ends it',
    examples: ['fairlead workspaces drain acme', 'fairlead workspaces drain acme --wait && echo empty'],
  })
    .argument('<workspace>', 'its name')
    .option('--wait', 'until it has none left')
    .action(async (name, { json, wait }) => {
      const draining = await context.ask((api) => api.drainWorkspace({ workspace: name }));
      const workspace = wait ? await untilDrained(context, draining) : draining;
      await context.show(json, workspace, () =>
        workspace.state === 'drained'
          ? `${name} is drained\n`
          : `${name} takes no new jobs: ${left(workspace)} left\n`,
      );
    });
}

async function untilDrained(context: Context, draining: Workspace): Promise<Workspace> {
  const progress = openProgress(context.err);
  let workspace = draining;
  try {
    while (workspace.state !== 'drained') {
      progress.say(`${left(workspace)} left`);
      await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal });
      workspace = await context.ask((api) => api.getWorkspace({ workspace: draining.name }));
    }
  } finally {
    progress.clear();
  }
  return workspace;
}

function left({ counts: { waiting, active, delayed } }: Workspace): number {
  return waiting + active + delayed;
}
