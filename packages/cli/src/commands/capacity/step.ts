import { InvalidArgumentError } from 'commander';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { expiresInOption, reasonOption } from '../../input/order-options.ts';

export function stepCapacity(context: Context) {
  return command('step', {
    summary: 'Change capacity once',
    description:
      'Change capacity once, with the next tick, between the floor and the cap of the policy. From there on it follows ' +
      'the ordinary rules',
    examples: [
      'fairlead capacity step +128 --reason "the evening peak begins early"',
      'fairlead capacity step -64 --reason "the database is slow"',
    ],
  })
    .argument('<jobs>', 'jobs at once more or fewer, like +128 or -64', parseChange)
    .addOption(reasonOption())
    .addOption(expiresInOption('10m, when no tick has taken it'))
    .action(async (by, { expiresIn, reason, json }) => {
      const body = { by, reason, ...(expiresIn === undefined ? {} : { expiresInSeconds: expiresIn }) };
      const step = await context.askController((api) => api.stepCapacity({ body }));
      await context.show(json, step, () => `capacity changes by ${signed(by)} with the next tick\n`);
    });
}

function parseChange(text: string): number {
  if (/^[+-]?[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number with its sign, like +128 or -64.');
}

function signed(by: number): string {
  return by > 0 ? `+${by}` : String(by);
}
