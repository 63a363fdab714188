import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { table } from '../../output/table.ts';
import { when } from '../../output/time.ts';

export function listOrders(context: Context) {
  const { out, err, nowMs } = context;
  return command('orders', {
    summary: 'List what operators ordered over the head of the controller',
    description:
      'List what operators ordered over the head of the controller and is in force: pins, steps, freezes, and kinds of ' +
      'decisions that are off. With --json those that are over are there too',
    examples: [
      'fairlead decisions orders',
      `fairlead decisions orders --json | jq '.overrides[] | select(.isInForce)'`,
    ],
  }).action(async ({ json }) => {
    const answer = await context.askController((api) => api.listOverrides());
    const orders = answer.overrides.filter(({ isInForce }) => isInForce);
    await context.show(json, answer, () =>
      orders.length === 0
        ? ''
        : table(
            out,
            [
              { title: 'ORDER', text: ({ kind }) => kind },
              { title: 'SUBJECT', text: ({ subject }) => subject },
              { title: 'VALUE', text: ({ value }) => (value === null ? '' : String(value)), align: 'right' },
              { title: 'BY', text: ({ actor }) => actor },
              { title: 'ORDERED', text: ({ orderedAt }) => when(out, orderedAt, nowMs()) },
              { title: 'ENDS', text: ({ expiresAt }) => when(out, expiresAt, nowMs()) },
              { title: 'REASON', text: ({ reason }) => reason, shrinks: true },
            ],
            orders,
          ),
    );
    if (!json && out.live && orders.length === 0) await err.write(err.paint('dim', 'None.\n'));
  });
}
