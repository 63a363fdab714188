import { policyHash } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { sha256 } from '../../decision-log/sha256.ts';
import { table } from '../../output/table.ts';
import { settingColumns } from '../../policy/columns.ts';
import { readPolicy } from '../../policy/read.ts';
import { changedSettings } from '../../policy/settings.ts';

export function checkPolicy(context: Context) {
  return command('check', {
    summary: 'Check a policy, and say what it changes',
    description:
      'Check a policy before it is used, and say what it changes of the default. One that is wrong ends with 2 and says ' +
      'where. With --json it prints {"hash", "changed": [{"name", "value", "default"}]}',
    examples: [
      'fairlead policy check policy.json',
      `echo '{"promotion":{"windows":6}}' | fairlead policy check -`,
    ],
  })
    .argument('<file>', 'a policy, or a part of one; or - for standard input')
    .action(async (file, { json }) => {
      const { out } = context;
      const policy = await readPolicy(context, file);
      const changed = changedSettings(policy);
      const answer = {
        hash: policyHash(policy, sha256),
        changed: changed.map(({ name, value, initial }) => ({ name, value, default: initial })),
      };
      await context.show(json, answer, ({ hash }) =>
        [
          out.live
            ? `${out.paint('green', 'A policy')}, and ${changed.length === 0 ? 'the default' : 'not the default'}. Decisions name it ${hash}.\n\n`
            : '',
          changed.length === 0 ? '' : table(out, settingColumns(out), changed),
        ].join(''),
      );
    });
}
