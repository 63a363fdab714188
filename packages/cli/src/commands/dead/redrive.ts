import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { wholeNumber } from '../../input/number.ts';
import { openProgress } from '../../output/progress.ts';

const MOST = 1_000;

export function redriveDead(context: Context) {
  return command('redrive', {
    summary: 'Retry the dead letters of a workspace',
    description:
      'Retry the dead letters of a workspace, the oldest first, each with all its attempts again. It ends with 0 when there were none',
    examples: ['fairlead dead redrive acme --limit 10', 'fairlead dead redrive acme --type email.send --all'],
  })
    .argument('<workspace>', 'its name')
    .option('--type <type>', 'only jobs of this type')
    .option('--limit <count>', 'how many at most; default: 100', wholeNumber(1, MOST))
    .addOption(new Option('--all', 'all that are dead now').conflicts('limit'))
    .action(async (workspace, { json, type, limit, all }) => {
      const progress = openProgress(context.err);
      const selection = type === undefined ? {} : { type };
      const ids: string[] = [];
      const seen = new Set<string>();
      for (let again = true; again; ) {
        const size = all ? MOST : limit;
        const body = { ...selection, ...(size === undefined ? {} : { limit: size }) };
        const answer = await context.ask((api) => api.redriveDead({ workspace, body }));
        // One that died again in the meantime comes back: whoever waits for none to be left could wait for ever.
        const fresh = answer.ids.filter((id) => !seen.has(id));
        for (const id of fresh) seen.add(id);
        ids.push(...fresh);
        progress.say(`${ids.length} accepted again`);
        again = all === true && answer.redriven === MOST && fresh.length === answer.redriven;
      }
      progress.clear();
      const sum = { redriven: ids.length, ids };
      await context.show(json, sum, () =>
        context.out.live ? `${ids.length} accepted again\n` : ids.map((id) => `${id}\n`).join(''),
      );
    });
}
