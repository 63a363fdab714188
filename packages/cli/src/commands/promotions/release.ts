import { command } from '../../command.ts';
import type { Context } from '../../context.ts';

export function releasePromotions(context: Context) {
  return command('release', {
    summary: 'Take a freeze back',
    description: 'Take a freeze back. With --json it prints {"released": true}: the API answers nothing',
    examples: ['fairlead promotions release', 'fairlead promotions release --workspace acme'],
  })
    .option('--workspace <workspace>', 'the freeze of this one; default: that of all')
    .action(async ({ workspace, json }) => {
      const input = workspace === undefined ? {} : { workspace };
      await context.askController((api) => api.releasePromotions(input));
      const whose = workspace === undefined ? 'quotas are' : `the quota of ${workspace} is`;
      await context.show(json, { released: true }, () => `${whose} not frozen any more\n`);
    });
}
