import type { DecisionRecord } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { LOG, openLog } from '../../decision-log/open.ts';
import { usage } from '../../failure.ts';
import { allOption, cursorOption, limitOption } from '../../input/paged.ts';
import { showPages } from '../../output/pages.ts';
import { table } from '../../output/table.ts';
import { decisionColumns } from './decision-columns.ts';
import {
  changesOption,
  kindOption,
  queryOf,
  reasonCodeOption,
  type Selection,
  sinceOption,
  storedColumns,
  subjectOption,
} from './stored.ts';

export function listDecisions(context: Context) {
  return command('list', {
    summary: 'List decisions, of the controller or of a file',
    description:
      'List the decisions of the controller, the newest first, or with a file those of a log, in the order in which they ' +
      'were taken. A hold that only repeated the one before is not among them. Of a file --json prints ' +
      '{"decisions": [...]}, each as it was recorded',
    examples: [
      'fairlead decisions list --changes --since 24h',
      'fairlead decisions list --kind promotion --subject acme',
      'fairlead decisions list decisions.json --reason guardrail_step_down',
      `fairlead decisions list --all --json | jq '.decisions[] | select(.action == "raise").id'`,
    ],
  })
    .argument('[file]', LOG)
    .addOption(kindOption())
    .addOption(reasonCodeOption())
    .addOption(subjectOption())
    .addOption(changesOption())
    .addOption(sinceOption())
    .addOption(limitOption())
    .addOption(cursorOption())
    .addOption(allOption())
    .action(async (file, { limit, cursor, all, json, ...selection }) => {
      const { out, nowMs } = context;
      if (file !== undefined) {
        if (limit !== undefined || cursor !== undefined || all) {
          throw usage('A file has no pages.', 'Leave --limit, --cursor and --all out.');
        }
        return listFile(context, file, selection, json);
      }
      const query = queryOf(selection, nowMs());
      let damaged = 0;
      await showPages(
        context,
        { limit, cursor, all, json },
        'decisions',
        storedColumns(out),
        async (page) => {
          const input = { ...query, ...page } as typeof query;
          const answer = await context.askController((api) => api.listDecisions(input));
          damaged += answer.damaged;
          return answer;
        },
      );
      await warnOfDamage(context, damaged);
    });
}

/** Rows that somebody changed in the database are not shown, and not passed over in silence. */
export async function warnOfDamage({ err }: Context, damaged: number): Promise<void> {
  if (damaged === 0) return;
  const rows = damaged === 1 ? '1 row is no decision' : `${damaged} rows are no decisions`;
  await err.write(
    `${err.paint('yellow', 'warning:')} ${rows} any more. fairlead decisions verify says which.\n`,
  );
}

async function listFile(
  context: Context,
  file: string,
  { kind, reason, subject, changes, since }: Selection,
  json: true | undefined,
): Promise<void> {
  const { out, err, nowMs } = context;
  const { log } = await openLog(context, file);
  const sinceMs = since?.(nowMs());
  const isChosen = (record: DecisionRecord) =>
    (kind === undefined || record.kind === kind) &&
    (reason === undefined || record.reasonCode === reason) &&
    (subject === undefined || record.subject.id === subject) &&
    (!changes || record.action !== 'hold') &&
    (sinceMs === undefined || record.evaluatedAt >= sinceMs);
  const decisions = log.records.filter(isChosen);
  await context.show(json, { decisions }, () =>
    decisions.length === 0 ? '' : table(out, decisionColumns(out), decisions),
  );
  if (!json && out.live && decisions.length === 0) await err.write(err.paint('dim', 'None.\n'));
}
