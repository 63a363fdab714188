import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

const FEATURES = ['promotion', 'dispatch-queue', 'fairness-runtime'] as const;

export function createRollout(context: Context) {
  return command('create', {
    summary: 'Create a rollout, which does nothing until it is started',
    description:
      'Create a rollout of a feature over all workspaces. It does nothing until it is started, and a feature has one at ' +
      'a time. promotion: the quota ladder; dispatch-queue: dispatch windows go through the queue and not inline; ' +
      'fairness-runtime: shares are by run time and not by starts',
    examples: [
      'fairlead rollout create fair-time --feature fairness-runtime && fairlead rollout start fair-time',
    ],
  })
    .argument('<rollout>', 'its name: a-z, 0-9 and "-"')
    .addOption(
      new Option('--feature <feature>', 'what is rolled out').choices(FEATURES).makeOptionMandatory(),
    )
    .action(async (name, { feature, json }) => {
      const rollout = await context.askController((api) => api.createRollout({ body: { name, feature } }));
      await context.show(json, rollout, () => `${name} is a draft: fairlead rollout start ${name}\n`);
    });
}
