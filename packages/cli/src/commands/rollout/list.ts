import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { table } from '../../output/table.ts';
import { rolloutColumns } from './show-rollout.ts';

export function listRollouts(context: Context) {
  return command('list', {
    summary: 'List rollouts',
    description: 'List rollouts, the newest first',
    examples: [
      'fairlead rollout list',
      `fairlead rollout list --json | jq '.rollouts[] | select(.status == "running")'`,
    ],
  }).action(async ({ json }) => {
    const answer = await context.askController((api) => api.listRollouts());
    await context.show(json, answer, ({ rollouts }) =>
      rollouts.length === 0 ? '' : table(context.out, rolloutColumns(context), rollouts),
    );
    if (!json && context.out.live && answer.rollouts.length === 0) {
      await context.err.write(context.err.paint('dim', 'None.\n'));
    }
  });
}
