import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { table } from '../../output/table.ts';
import { when } from '../../output/time.ts';
import { valueInWords } from './show-drill.ts';

export function listDrills(context: Context) {
  const { out, err, nowMs } = context;
  return command('list', {
    summary: 'List the exercises that run',
    examples: ['fairlead drill list', `fairlead drill list --json | jq -r '.drills[].signal'`],
  }).action(async ({ json }) => {
    const answer = await context.askController((api) => api.listDrills());
    await context.show(json, answer, ({ drills }) =>
      drills.length === 0
        ? ''
        : table(
            out,
            [
              { title: 'SIGNAL', text: ({ signal }) => signal },
              { title: 'VALUE', text: valueInWords, align: 'right' },
              { title: 'BY', text: ({ actor }) => actor },
              { title: 'STARTED', text: ({ startedAt }) => when(out, startedAt, nowMs()) },
              { title: 'ENDS', text: ({ endsAt }) => when(out, endsAt, nowMs()) },
              { title: 'REASON', text: ({ reason }) => reason, shrinks: true },
            ],
            drills,
          ),
    );
    if (json || !out.live || answer.drills.length > 0) return;
    await err.write(
      err.paint('dim', answer.areAllowed ? 'None.\n' : 'None, and none can be started here.\n'),
    );
  });
}
