import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { expiresInOption, reasonOption } from '../../input/order-options.ts';
import { orderedBy } from '../capacity/show-order.ts';

export function freezePromotions(context: Context) {
  return command('freeze', {
    summary: 'Let no quota change',
    description: 'Let no quota change, of one workspace or of all: nobody is promoted and nobody demoted',
    examples: [
      'fairlead promotions freeze --reason "migration of the database" --expires-in 4h',
      'fairlead promotions freeze --workspace acme --reason "they asked for it"',
    ],
  })
    .option('--workspace <workspace>', 'only this one; default: all')
    .addOption(reasonOption())
    .addOption(expiresInOption('until it is taken back'))
    .action(async ({ workspace, expiresIn, reason, json }) => {
      const body = {
        reason,
        ...(workspace === undefined ? {} : { workspace }),
        ...(expiresIn === undefined ? {} : { expiresInSeconds: expiresIn }),
      };
      const freeze = await context.askController((api) => api.freezePromotions({ body }));
      const whose = workspace === undefined ? 'all quotas are' : `the quota of ${workspace} is`;
      await context.show(json, freeze, () => `${whose} frozen ${orderedBy(context, freeze)}\n`);
    });
}
