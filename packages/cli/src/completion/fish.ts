import type { Place } from './tree.ts';

/** For fish. */
export function fishCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  const offers = places.flatMap(({ path, commands, options }) => {
    const head = `complete -c fairlead -n ${fishWord(`__fairlead_at ${path === '' ? "''" : path}`)}`;
    return [
      ...commands.map(({ name, summary }) => `${head} -a ${name} -d ${fishWord(summary)}`),
      ...options.map(({ flag, description, value }) => {
        const takes = value === 'none' ? '' : value === 'file' ? ' -r -F' : ' -x';
        const choices = typeof value === 'string' ? '' : ` -a ${fishWord(value.join(' '))}`;
        return `${head} -l ${flag.slice(2)}${takes}${choices} -d ${fishWord(description)}`;
      }),
    ];
  });
  return `# fairlead completion for fish: fairlead completion fish | source
function __fairlead_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at/$word"
      case ${paths.join(' ')}
        set at "$at/$word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c fairlead -f
${offers.join('\n')}
`;
}

/** In single quotes fish knows \\ and \\' only. */
function fishWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
