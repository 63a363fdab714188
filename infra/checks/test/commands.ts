/**
 * The commands that documents name, against what there is: `fairlead` against the reference in docs/cli.md, which a test of
 * the command line holds equal to the program, and `kubectl` against the manifests.
 */
import { parseAllDocuments } from 'yaml';
import { read } from './repository.ts';

interface Command {
  readonly name: string;
  readonly required: number;
  readonly most: number;
  readonly options: ReadonlySet<string>;
}

function reference(): Command[] {
  const [, text = ''] = read('docs/cli.md').split('<!-- reference');
  return (
    text
      .split(/^#{3,4} (?=`fairlead )/m)
      .slice(1)
      // Of a group of commands the reference has nothing but a sentence.
      .filter((section) => section.includes('```sh'))
      .map((section) => {
        const [, words = ''] = /^`fairlead ([^`]+)`/.exec(section) ?? [];
        const parts = words.split(' ');
        const args = parts.filter((part) => /^[<[]/.test(part));
        return {
          name: parts.filter((part) => !args.includes(part)).join(' '),
          required: args.filter((part) => part.startsWith('<')).length,
          most: args.some((part) => part.includes('...')) ? Number.POSITIVE_INFINITY : args.length,
          options: new Set(section.match(/(?<=^\| `(?:-\w, )?)--[a-z-]+/gm) ?? []),
        };
      })
  );
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, ...one]) => one.find(Boolean) ?? '');
}

/** What is wrong with a `fairlead` command; empty: nothing. */
export function wrongWith(line: string): string[] {
  const words = wordsOf(line).slice(1);
  const command = reference()
    .filter(({ name }) => ` ${words.join(' ')} `.startsWith(` ${name} `))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (command === undefined) return [`${line}: there is no such command`];
  const rest = words.slice(command.name.split(' ').length);
  const flags = rest.filter((word) => word.startsWith('--'));
  const values = new Set(rest.filter((_, i) => rest[i - 1]?.startsWith('--') && rest[i - 1] !== '--all'));
  const args = rest.filter((word) => !word.startsWith('--') && !values.has(word));
  return [
    ...flags
      .filter((flag) => !command.options.has(flag) && flag !== '--json')
      .map((flag) => `${line}: fairlead ${command.name} has no ${flag}`),
    ...(args.length < command.required || args.length > command.most
      ? [`${line}: fairlead ${command.name} takes other arguments than ${args.join(' ') || 'none'}`]
      : []),
  ];
}

/** What a `kubectl` command names that no manifest has. */
export function missingInManifests(line: string): string[] {
  const files = ['dispatcher', 'consumer', 'controller', 'board', 'config'].map(
    (name) => `infra/kubernetes/${name}.yaml`,
  );
  const there = new Set(
    [...files, 'infra/keda/scaled-object.yaml'].flatMap((file) =>
      parseAllDocuments(read(file)).map((document) => {
        const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } };
        return `${kind.toLowerCase()}/${metadata.name}`;
      }),
    ),
  );
  const named = [...line.matchAll(/\b(deployment|scaledobject|configmap|service)[/ ](fairlead[a-z-]*)/g)];
  return named.map(([, kind, name]) => `${kind}/${name}`).filter((name) => !there.has(name));
}
