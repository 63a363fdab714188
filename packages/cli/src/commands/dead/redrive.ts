import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { wholeNumber } from '../../input/number.ts';
import { openProgress } from '../../output/progress.ts';

const MOST = 1_000;

export function redriveDead(context: Context) {
  return command('redrive', {
    summary: 'Retry the dead letters of a workspace',
    description: 'Retry the dead letters of a workspace, the oldest first, each with all its attempts again',
    examples: ['fairlead dead redrive acme --limit 10', 'fairlead dead redrive acme --type email.send --all'],
  })
    .argument('<workspace>', 'its name')
    .option('--type <type>', 'only jobs of this type')
    .option('--limit <count>', 'how many at most; default: 100', wholeNumber(1, MOST))
    .addOption(new Option('--all', 'all that are dead now').conflicts('limit'))
    .action(async (workspace, { json, type, limit, all }) => {
      const size = all ? MOST : limit;
      const body = {
        ...(type === undefined ? {} : { type }),
        ...(size === undefined ? {} : { limit: size }),
      };
      const progress = openProgress(context.err);
      const ids = new Set<string>();
      try {
        for (let again = true; again; ) {
          const before = ids.size;
          const answer = await context.ask((api) => api.redriveDead({ workspace, body }));
          for (const id of answer.ids) ids.add(id);
          // One that died again in the meantime comes back: waiting for none to be left could take for ever.
          again = all === true && ids.size - before === MOST;
          if (again) progress.say(`${ids.size} accepted again`);
        }
      } finally {
        progress.clear();
      }
      await context.show(json, { redriven: ids.size, ids: [...ids] }, () =>
        context.out.live ? `${ids.size} accepted again\n` : [...ids].map((id) => `${id}\n`).join(''),
      );
    });
}
