import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';

export function revokeKey(context: Context) {
  return command('revoke', {
    summary: 'Revoke an API key for good',
    description:
      'Revoke an API key. It is good for nothing any more within a few seconds, and there is no way back. With --json ' +
      'it prints {"prefix", "revoked": true}: the API answers nothing',
    examples: ['fairlead keys revoke 3f9a01c2b4d5'],
  })
    .argument('<prefix>', 'the part of the key between flk_ and the next "_"; keys list shows it')
    .action(async (prefix, { json }) => {
      // Arguments are seen by whoever lists processes, and kept in the shell's history.
      if (prefix.startsWith('flk_')) {
        throw usage('This is a key, not its prefix.', 'Give only the part between flk_ and the next "_".');
      }
      await context.ask((api) => api.revokeKey({ prefix }));
      await context.show(json, { prefix, revoked: true }, () => `${prefix} is revoked\n`);
    });
}
