import { DEFAULT_POLICY, policyHash } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { sha256 } from '../../decision-log/sha256.ts';
import { table } from '../../output/table.ts';
import { settingColumns } from '../../policy/columns.ts';
import { readPolicy } from '../../policy/read.ts';
import { settingsOf } from '../../policy/settings.ts';

export function showPolicy(context: Context) {
  return command('show', {
    summary: 'Show every setting that decisions depend on',
    description:
      'Show every setting that decisions depend on, with its unit: of the default, or of a file, in which what is left ' +
      'out is as in the default. With --json it prints the whole policy, to be changed and given to simulate',
    examples: [
      'fairlead policy show',
      'fairlead policy show --json > policy.json',
      'fairlead policy show policy.json',
    ],
  })
    .argument('[file]', 'a policy, or - for standard input; default: the default')
    .action(async (file, { json }) => {
      const policy = file === undefined ? DEFAULT_POLICY : await readPolicy(context, file);
      const { out } = context;
      await context.show(json, policy, () =>
        [
          table(out, settingColumns(out), settingsOf(policy)),
          out.live ? `\n${out.paint('dim', `Decisions name it ${policyHash(policy, sha256)}.`)}\n` : '',
        ].join(''),
      );
    });
}
