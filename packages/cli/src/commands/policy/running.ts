import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { table } from '../../output/table.ts';
import { settingColumns } from '../../policy/columns.ts';
import { settingsOf } from '../../policy/settings.ts';

export function showRunningPolicy(context: Context) {
  return command('running', {
    summary: 'Show the policy that the controller decides by',
    description:
      'Show the policy that the controller decides by, every setting of it: as the process that answers read it when it ' +
      'started. With --json it prints {"hash", "hashWithoutPromotion", "source", "leads", "policy"}: decisions name a policy ' +
      'by its hash, and source is default or FAIRLEAD_POLICY',
    examples: ['fairlead policy running', 'fairlead policy running --json | jq .policy > policy.json'],
  }).action(async ({ json }) => {
    const { out } = context;
    const answer = await context.askController((api) => api.getPolicy());
    await context.show(json, answer, ({ hash, source, leads, policy }) => {
      const settings = table(out, settingColumns(out), settingsOf(policy));
      if (!out.live) return settings;
      const from = source === 'default' ? 'The default' : 'From the file of FAIRLEAD_POLICY';
      const whose = leads ? 'the controller that leads' : 'a controller that does not lead now';
      return `${settings}\n${out.paint('dim', `${from}, of ${whose}. Decisions name it ${hash}.`)}\n`;
    });
  });
}
