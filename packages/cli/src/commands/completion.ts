import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { command } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { placesOf } from '../completion/tree.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { Context } from '../context.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function completion(context: Context, program: () => CommandUnknownOpts) {
  return command('completion', {
    summary: 'Print the script that completes this command in a shell',
    description:
      'Print the script that completes this command in a shell. With --json it prints {"shell", "script"}',
    examples: [
      'source <(fairlead completion bash)',
      'source <(fairlead completion zsh)',
      'fairlead completion fish > ~/.config/fish/completions/fairlead.fish',
    ],
  })
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SHELLS) as (keyof typeof SHELLS)[]))
    .action(async (shell, { json }) => {
      const script = SHELLS[shell](placesOf(program()));
      await context.show(json, { shell, script }, () => script);
    });
}
