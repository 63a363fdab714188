import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { table } from '../../output/table.ts';
import { when } from '../../output/time.ts';

export function listKeys(context: Context) {
  const { out, nowMs } = context;
  return command('list', {
    summary: 'List API keys, without their secrets',
    description: 'List API keys, the oldest first and revoked ones too. Their secrets are stored nowhere',
    examples: ['fairlead keys list', "fairlead keys list --json | jq '.keys[] | select(.revokedAt == null)'"],
  }).action(async ({ json }) => {
    const answer = await context.ask((api) => api.listKeys());
    await context.show(json, answer, ({ keys }) =>
      table(
        out,
        [
          { title: 'PREFIX', text: (key) => key.prefix },
          { title: 'LABEL', text: (key) => key.label, shrinks: true },
          { title: 'SCOPES', text: (key) => key.scopes.join(',') },
          { title: 'WORKSPACE', text: (key) => key.workspace ?? 'all' },
          { title: 'CREATED', text: (key) => when(out, key.createdAt, nowMs()) },
          { title: 'LAST USED', text: (key) => when(out, key.lastUsedAt, nowMs()) },
          { title: 'REVOKED', text: (key) => when(out, key.revokedAt, nowMs()), style: () => 'red' },
        ],
        keys,
      ),
    );
  });
}
