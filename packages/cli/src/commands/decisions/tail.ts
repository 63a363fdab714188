import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { Failure } from '../../failure.ts';
import { wholeNumber } from '../../input/number.ts';
import { openTable } from '../../output/table.ts';
import { warnOfDamage } from './list.ts';
import {
  changesOption,
  kindOption,
  queryOf,
  reasonCodeOption,
  type StoredDecision,
  sinceOption,
  storedColumns,
  subjectOption,
} from './stored.ts';

const LOOK_EVERY_MS = 1_000;
const PAGE = 500;

export function tailDecisions(context: Context) {
  return command('tail', {
    summary: 'Show the last decisions, and with --follow those that come',
    description:
      'Show the last decisions, the newest at the end, and with --follow those that come, until Ctrl-C: it ' +
      'outlives a controller that restarts. With --json it prints a decision a line',
    examples: [
      'fairlead decisions tail --follow',
      'fairlead decisions tail --follow --kind autoscale --changes',
      `fairlead decisions tail --follow --json | jq -r 'select(.action == "lower").words'`,
    ],
  })
    .option('--follow', 'go on with those that come')
    .option('--lines <count>', 'how many of the last ones', wholeNumber(0, PAGE), 20)
    .addOption(kindOption())
    .addOption(reasonCodeOption())
    .addOption(subjectOption())
    .addOption(changesOption())
    .addOption(sinceOption())
    .action(async ({ follow, lines, json, ...selection }) => {
      const query = queryOf(selection, context.nowMs());
      const print = printer(context, json);
      // One more than none: where to go on from is known only by a decision.
      const last = await context.askController((api) =>
        api.listDecisions({ ...query, limit: Math.max(1, lines) }),
      );
      await warnOfDamage(context, last.damaged);
      let after = last.decisions[0]?.position ?? 0;
      await print(lines === 0 ? [] : [...last.decisions].reverse());
      while (follow) {
        const next = await patiently(context, () =>
          context.askController((api) => api.listDecisions({ ...query, after, limit: PAGE })),
        );
        await warnOfDamage(context, next.damaged);
        await print(next.decisions);
        after = next.decisions.at(-1)?.position ?? after;
        if (next.decisions.length < PAGE) {
          await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal });
        }
      }
    });
}

/** Asks until there is an answer: whoever watches at night watches when the controller restarts, too. */
async function patiently<T>({ err, signal }: Context, ask: () => Promise<T>): Promise<T> {
  let isAway = false;
  while (true) {
    try {
      const answer = await ask();
      if (isAway) await err.write(err.paint('dim', 'The controller answers again.\n'));
      return answer;
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== EXIT.unavailable) throw error;
      if (!isAway) await err.write(`${err.paint('yellow', 'waiting:')} ${error.message}\n`);
      isAway = true;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function printer({ out }: Context, json: true | undefined) {
  const print = openTable(out, storedColumns(out));
  return async (decisions: readonly StoredDecision[]): Promise<void> => {
    if (decisions.length === 0) return;
    if (json) {
      for (const decision of decisions) await out.write(`${JSON.stringify(decision)}\n`);
      return;
    }
    await out.write(print(decisions));
  };
}
