import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestedPackage {
  readonly name: string;
  readonly path: string;
}

/** Folders of packages, from what others stand on to what stands on others, so that the first failure tells most. */
const FOLDERS = ['packages', 'services', 'infra'];
const FIRST = ['core', 'testkit', 'scheduler'];

/** Every package of the repository that has tests to run. */
export function testedPackages(root: string): TestedPackage[] {
  const found = FOLDERS.flatMap((folder) => {
    const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
    return readdirSync(join(root, folder))
      .filter((name) => existsSync(join(root, folder, name, 'jest.config.mjs')))
      .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
      .map((name) => {
        const path = join(root, folder, name);
        const { name: full } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
          name: string;
        };
        return { name: full.replace('@fairlead/', ''), path };
      });
  });
  return [...found, ...['bench', 'chaos', 'examples'].map((name) => ({ name, path: join(root, name) }))];
}
