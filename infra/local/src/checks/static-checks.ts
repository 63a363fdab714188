import { join } from 'node:path';
import { packageManager, pnpmEnvironment } from '../../setup/install.mjs';

export interface StaticCheck {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly passed: string;
}

/** What is checked without running anything: style, the law of imports, types. */
export function staticChecks(root: string, env: NodeJS.ProcessEnv): StaticCheck[] {
  const bin = (name: string) => join(root, 'node_modules', '.bin', name);
  return [
    { name: 'lint', command: bin('biome'), args: ['check', '.'], env, passed: 'clean' },
    {
      name: 'import law',
      command: bin('depcruise'),
      args: [
        '--config',
        '.dependency-cruiser.mjs',
        'packages',
        'services',
        'infra',
        'bench',
        'chaos',
        'examples',
      ],
      env,
      passed: 'kept',
    },
    {
      name: 'types',
      command: 'npx',
      // Turborepo calls pnpm for each package, and npx is what brings a pnpm here, with settings in its environment.
      args: [
        ...pnpmExec(root),
        'turbo',
        'run',
        'typecheck',
        '--output-logs=errors-only',
        '--env-mode=loose',
        '--continue',
      ],
      env: { ...env, ...pnpmEnvironment(), TURBO_TELEMETRY_DISABLED: '1' },
      passed: 'sound',
    },
  ];
}

function pnpmExec(root: string): string[] {
  return ['--yes', packageManager(root), 'exec'];
}
