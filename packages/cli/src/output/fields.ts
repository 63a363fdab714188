import { clean } from './clean.ts';
import type { Screen } from './screen.ts';

/** What is known of one thing, a line each; what is undefined or empty is left out. */
export function fields(
  screen: Screen,
  given: readonly (readonly [name: string, value: string | undefined])[],
): string {
  const known = given.filter((field): field is readonly [string, string] => !!field[1]);
  if (!screen.live) return known.map(([name, value]) => `${name}\t${clean(value)}\n`).join('');
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known
    .map(([name, value]) => `${screen.paint('dim', name.padEnd(width))}  ${clean(value)}\n`)
    .join('');
}
