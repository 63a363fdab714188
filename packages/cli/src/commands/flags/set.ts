import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { parseSeconds } from '../../input/duration.ts';
import { showFlag } from './show-flag.ts';

export function setFlag(context: Context) {
  return command('set', {
    summary: 'Set a switch, for good or for a while',
    description:
      'Set a switch. Every dispatcher goes by it within two seconds, and the change is noted in the audit. With ' +
      '--expires-in it ends by itself',
    examples: [
      'fairlead flags set schedules-paused true --expires-in 15m',
      'fairlead flags set redis-full-percent 80',
    ],
  })
    .argument('<flag>', 'its name; flags list shows them')
    .argument('<value>', 'true, false, a number, or a word', parseValue)
    .option('--expires-in <duration>', 'when it goes back to its initial value, like 15m', parseSeconds)
    .action(async (name, value, { expiresIn, json }) => {
      const body = { value, ...(expiresIn === undefined ? {} : { expiresInSeconds: expiresIn }) };
      const flag = await context.ask((api) => api.setFlag({ name, body }));
      await context.show(json, flag, () => showFlag(context, flag));
    });
}

function parseValue(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}
