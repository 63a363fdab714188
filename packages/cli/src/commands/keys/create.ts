import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';

const SCOPES = ['enqueue', 'read', 'operate', 'admin'] as const;
type Scope = (typeof SCOPES)[number];

export function createKey(context: Context) {
  const { out, err } = context;
  return command('create', {
    summary: 'Create an API key, which is shown once',
    description:
      'Create an API key. It is shown this once and never again: in a pipe or a file, standard output is the key and ' +
      'nothing else',
    examples: [
      'fairlead keys create billing --scope enqueue --scope read',
      'fairlead keys create acme-app --scope enqueue --workspace acme > acme.key',
      'fairlead keys create ci --scope admin --json | jq -r .key',
    ],
  })
    .argument('<label>', 'what it is for, for people')
    .addOption(
      new Option('--scope <scope...>', 'what it allows; admin includes the others')
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option('--workspace <workspace>', 'the only workspace that exists for it; default: all')
    .action(async (label, { scope, workspace, json }) => {
      const body = {
        label,
        scopes: [...new Set<Scope>(scope)],
        ...(workspace === undefined ? {} : { workspace }),
      };
      const made = await context.ask((api) => api.createKey({ body }));
      await context.show(json, made, () =>
        out.live
          ? fields(out, [
              ['key', made.key],
              ['label', made.label],
              ['scopes', made.scopes.join(', ')],
              ['workspace', made.workspace ?? 'all'],
              ['prefix', made.prefix],
            ])
          : `${made.key}\n`,
      );
      if (out.live && !json) await err.write(err.paint('yellow', 'Keep the key: it is not shown again.\n'));
    });
}
