import { type Place, quoted } from './tree.ts';

/** For bash, also the 3.2 of macOS. */
export function bashCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  const values = places.flatMap(({ path, options }) =>
    options.flatMap(({ flag, value }) => {
      if (value === 'none') return [];
      const reply =
        value === 'file'
          ? 'compgen -f -- "$word"'
          : `compgen -W ${quoted(value === 'any' ? '' : value.join(' '))} -- "$word"`;
      return [`    ${quoted(`${path} ${flag}`)}) COMPREPLY=($(${reply})); return ;;`];
    }),
  );
  const offers = places.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)];
    return `    ${quoted(path)}) offers=${quoted(words.join(' '))} ;;`;
  });
  return `# fairlead completion for bash: source <(fairlead completion bash)
_fairlead() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at='' offers='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/\${COMP_WORDS[i]}" in
      ${paths.join('|')}) at="$at/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $before" in
${values.join('\n')}
  esac
  case "$at" in
${offers.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$offers" -- "$word"))
}
complete -F _fairlead fairlead
`;
}
