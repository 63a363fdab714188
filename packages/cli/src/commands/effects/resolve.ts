import { Argument, Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';
import { parseJson } from '../../input/json.ts';

export function resolveEffect(context: Context) {
  return command('resolve', {
    summary: 'Say whether an effect happened',
    description:
      'Say whether an effect happened of which nobody knows. With done no attempt runs it any more; with again the next attempt does. Then retry the job, which is a dead letter',
    examples: [
      `fairlead effects resolve acme pay:4711 done --result '{"receipt":"r-7"}'`,
      'fairlead effects resolve acme pay:4711 again',
    ],
  })
    .argument('<workspace>', 'its name')
    .argument('<effect>', 'its key; effects list shows it')
    .addArgument(
      new Argument('<outcome>', 'done: it happened; again: it did not').choices(['done', 'again'] as const),
    )
    .addOption(
      new Option('--result <json>', 'with done: what ctx.once answers from now on').argParser(parseJson),
    )
    .action(async (workspace, effectKey, outcome, { json, result }) => {
      if (outcome === 'again' && result !== undefined) {
        throw usage('--result goes with done only.', 'What is run again gives its own result.');
      }
      const body = { effectKey, outcome, ...(result === undefined ? {} : { result }) };
      const resolved = await context.ask((api) => api.resolveEffect({ workspace, body }));
      await context.show(
        json,
        resolved,
        () =>
          `${effectKey} ${outcome === 'done' ? 'is not run any more' : 'is run by the next attempt'}; retry its job\n`,
      );
    });
}
