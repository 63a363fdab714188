import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';
import { limit, positive, wholeNumber } from '../../input/number.ts';
import { showWorkspace } from './show-workspace.ts';

export function setWorkspace(context: Context) {
  return command('set', {
    summary: 'Change the settings of a workspace',
    description:
      'Change the settings of a workspace. They hold from the next claim on, for the backlog too. A new workspace ' +
      'begins with its first setting',
    examples: [
      'fairlead workspaces set acme --weight 4 --concurrency 20',
      'fairlead workspaces set acme --rate-per-second 50 --burst 100',
      'fairlead workspaces set acme --concurrency unlimited --if-version 7',
      'fairlead workspaces set acme --rate-per-second quota --high-quota on --fairness runtime',
    ],
  })
    .argument('<workspace>', 'its name')
    .option('--weight <number>', 'share of service against the other workspaces', positive)
    .option('--concurrency <count>', 'jobs at once; "quota" follows its quota; or "unlimited"', limit)
    .option('--rate-per-second <number>', 'starts a second; "quota" follows its quota; or "unlimited"', limit)
    .option(
      '--burst <count>',
      'starts at once after a rest; "quota" follows its quota; or "unlimited" for what one second brings',
      limit,
    )
    .option('--max-backlog <count>', 'unfinished jobs before new ones are refused', wholeNumber(0))
    .addOption(
      new Option(
        '--high-quota <switch>',
        'whether the controller may promote it to the higher quota',
      ).choices(['on', 'off']),
    )
    .addOption(
      new Option('--fairness <kind>', 'what is shared by weight: starts, or the time that jobs run').choices([
        'starts',
        'runtime',
      ]),
    )
    .option('--display-name <text>', 'its name for people; empty takes it away')
    .option('--if-version <version>', 'only if nobody has changed it since this version', wholeNumber(1))
    .action(async (workspace, { json, ifVersion, displayName, highQuota, ...settings }) => {
      const change = {
        ...settings,
        ...(highQuota === undefined ? {} : { highQuotaEnabled: highQuota === 'on' }),
        ...(displayName === undefined ? {} : { displayName: displayName || null }),
      };
      if (Object.keys(change).length === 0) {
        throw usage('There is nothing to set.', 'Give a setting, like --weight 2; --help lists them.');
      }
      const body = { ...change, ...(ifVersion === undefined ? {} : { version: ifVersion }) };
      const changed = await context.ask((api) => api.updateWorkspace({ workspace, body }));
      await context.show(json, changed, () => showWorkspace(context, changed));
    });
}
