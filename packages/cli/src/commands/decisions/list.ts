import { Option } from '@commander-js/extra-typings';
import { KINDS } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { LOG, openLog } from '../../decision-log/open.ts';
import { table } from '../../output/table.ts';
import { decisionColumns } from './decision-columns.ts';

export function listDecisions(context: Context) {
  return command('list', {
    summary: 'List the decisions of a log',
    description:
      'List the decisions of a log in the order in which they were taken. A hold that only repeated the one before is ' +
      'not among them. With --json it prints {"decisions": [...]}, each as it was recorded',
    examples: [
      'fairlead decisions list decisions.json --kind promotion --subject ws-1',
      'fairlead decisions list decisions.json --reason guardrail_step_down',
      `fairlead decisions list decisions.json --json | jq '.decisions[] | select(.action == "raise").id'`,
    ],
  })
    .argument('<file>', LOG)
    .addOption(new Option('--kind <kind>', 'only decisions of this kind').choices(KINDS))
    .option('--reason <code>', 'only decisions with this reason code')
    .option('--subject <id>', 'only decisions about this workspace or rollout, or "cluster"')
    .action(async (file, { json, kind, reason, subject }) => {
      const { out, err } = context;
      const { log } = await openLog(context, file);
      const decisions = log.records.filter(
        (record) =>
          (kind === undefined || record.kind === kind) &&
          (reason === undefined || record.reasonCode === reason) &&
          (subject === undefined || record.subject.id === subject),
      );
      await context.show(json, { decisions }, () =>
        decisions.length === 0 ? '' : table(out, decisionColumns(out), decisions),
      );
      if (!json && out.live && decisions.length === 0) await err.write(err.paint('dim', 'None.\n'));
    });
}
