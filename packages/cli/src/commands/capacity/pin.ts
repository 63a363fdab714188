import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { wholeNumber } from '../../input/number.ts';
import { mandatoryExpiresInOption, reasonOption } from '../../input/order-options.ts';
import { orderedBy } from './show-order.ts';

export function pinCapacity(context: Context) {
  return command('pin', {
    summary: 'Hold capacity at a number for a while',
    description:
      'Hold capacity at a number for a while, from the next tick on. It is clamped to the cap of the policy and may be ' +
      'below the floor, but one job at once is the least; guardrails are reported and do not act, but for a duplicate send. Another pin replaces it',
    examples: [
      'fairlead capacity pin 2048 --expires-in 2h --reason "load test"',
      'fairlead capacity pin 1 --expires-in 15m --reason "the mail provider is down"',
    ],
  })
    .argument('<jobs>', 'jobs at once in the whole cluster', wholeNumber(0, 2 ** 31 - 1))
    .addOption(mandatoryExpiresInOption())
    .addOption(reasonOption())
    .action(async (capacity, { expiresIn, reason, json }) => {
      const body = { capacity, expiresInSeconds: expiresIn, reason };
      const pin = await context.askController((api) => api.pinCapacity({ body }));
      await context.show(json, pin, () => `capacity is pinned at ${pin.value} ${orderedBy(context, pin)}\n`);
    });
}
