import { Argument } from '@commander-js/extra-typings';
import { KINDS } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';
import { expiresInOption, reasonOption } from '../../input/order-options.ts';
import { orderedBy } from '../capacity/show-order.ts';

export function switchDecisions(context: Context) {
  return command('switch', {
    summary: 'Take no decisions of a kind, or take them again',
    description:
      'Take no decisions of a kind, or take them again. What was decided last stays as it is while they are off. With ' +
      '--json, on prints {"kind", "on": true}: the API answers nothing',
    examples: [
      'fairlead decisions switch backpressure off --reason "too loud" --expires-in 1h',
      'fairlead decisions switch backpressure on',
    ],
  })
    .addArgument(new Argument('<kind>', 'what is decided').choices(KINDS))
    .addArgument(new Argument('<state>', 'whether decisions are taken').choices(['on', 'off'] as const))
    .addOption(reasonOption().makeOptionMandatory(false))
    .addOption(expiresInOption('until it is switched on'))
    .action(async (kind, state, { reason, expiresIn, json }) => {
      if (state === 'on') {
        await context.askController((api) => api.switchDecisionsOn({ kind }));
        return context.show(
          json,
          { kind, on: true },
          () => `${kind} is decided again from the next tick on\n`,
        );
      }
      if (reason === undefined)
        throw usage('The reason is missing.', 'Give --reason, for who asks tomorrow.');
      const body = { reason, ...(expiresIn === undefined ? {} : { expiresInSeconds: expiresIn }) };
      const order = await context.askController((api) => api.switchDecisionsOff({ kind, body }));
      await context.show(
        json,
        order,
        () => `${kind} is not decided any more, ${orderedBy(context, order)}\n`,
      );
    });
}
