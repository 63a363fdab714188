import { type Place, quoted } from './tree.ts';

/** For zsh: sourced, or as the file _fairlead in a folder of fpath. */
export function zshCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  const values = places.flatMap(({ path, options }) =>
    options.flatMap(({ flag, value }) => {
      if (value === 'none') return [];
      const reply =
        value === 'file' ? '_files' : value === 'any' ? ':' : `compadd -- ${value.map(quoted).join(' ')}`;
      return [`    ${quoted(`${path} ${flag}`)}) ${reply}; return ;;`];
    }),
  );
  const offers = places.map(({ path, commands, options }) => {
    const words = [
      ...commands.map(({ name, summary }) => `${name}:${summary}`),
      ...options.map(({ flag, description }) => `${flag}:${description}`),
    ];
    return `    ${quoted(path)}) offers=(${words.map(quoted).join(' ')}) ;;`;
  });
  return `#compdef fairlead
# fairlead completion for zsh: source <(fairlead completion zsh)
_fairlead() {
  local at='' i
  local -a offers
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/\${words[i]}" in
      ${paths.join('|')}) at="$at/\${words[i]}" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${offers.join('\n')}
  esac
  _describe fairlead offers
}
if [[ "\${funcstack[1]}" = _fairlead ]]; then
  _fairlead "$@"
else
  compdef _fairlead fairlead
fi
`;
}
