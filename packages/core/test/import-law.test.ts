/**
 * The law of imports is only worth its rules: a small wrong house is built in a temporary folder, and
 * every rule of `.dependency-cruiser.mjs` must find its own offence there, and nothing in the right house.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const CONFIG = join(ROOT, '.dependency-cruiser.mjs');

/** The offences: file → what it imports and the rule that must say so. */
const OFFENCES: Record<string, { source: string; rule: string }> = {
  'packages/core/src/reads-the-disk.ts': {
    source: `import { readFileSync } from 'node:fs'; export { readFileSync };`,
    rule: 'core-imports-nothing',
  },
  'packages/core/src/uses-zod.ts': { source: `import 'zod';`, rule: 'core-imports-nothing' },
  'packages/core/src/looks-up.ts': { source: `import '@fairlead/scheduler';`, rule: 'core-imports-nothing' },
  'packages/scheduler/src/meets-ledger.ts': {
    source: `import type { Ledger } from '@fairlead/ledger'; export type { Ledger };`,
    rule: 'siblings-do-not-meet-scheduler',
  },
  'packages/ledger/src/meets-telemetry.ts': {
    source: `import '@fairlead/telemetry';`,
    rule: 'siblings-do-not-meet-ledger',
  },
  'packages/telemetry/src/meets-http.ts': {
    source: `import '@fairlead/http';`,
    rule: 'siblings-do-not-meet-telemetry',
  },
  'packages/client/src/knows-the-server.ts': {
    source: `import type { Fault } from '@fairlead/core'; export type { Fault };`,
    rule: 'client-stands-alone',
  },
  'packages/consumer/src/meets-http.ts': {
    source: `import '@fairlead/http';`,
    rule: 'consumer-and-http-do-not-meet',
  },
  'packages/cli/src/meets-http.ts': { source: `import '@fairlead/http';`, rule: 'cli-works-from-outside' },
  'packages/consumer/src/commands.ts': { source: `import '@fairlead/cli';`, rule: 'nobody-imports-cli' },
  'packages/http/src/looks-up.ts': {
    source: `import '@fairlead/dispatcher';`,
    rule: 'packages-do-not-import-services',
  },
  'services/board/src/meets-dispatcher.ts': {
    source: `import '@fairlead/dispatcher';`,
    rule: 'services-do-not-import-services',
  },
  'services/board/src/climbs-in.ts': {
    source: `import '@fairlead/scheduler/src/keys.ts';`,
    rule: 'packages-are-entered-by-their-door',
  },
  'packages/consumer/src/climbs-in.ts': {
    source: `import type { Keys } from '../../scheduler/src/keys.ts'; export type { Keys };`,
    rule: 'packages-are-entered-by-their-door',
  },
  'packages/consumer/src/knows-the-way.ts': {
    source: `import '../../scheduler/src/index.ts';`,
    rule: 'packages-are-named-not-pathed',
  },
  'packages/consumer/src/knows-it-is-tested.ts': {
    source: `import '@fairlead/testkit';`,
    rule: 'only-tests-import-testkit',
  },
  'services/dispatcher/src/starts-redis.ts': {
    source: `import '@fairlead/local';`,
    rule: 'only-testkit-imports-infra',
  },
  'packages/consumer/src/speaks-redis.ts': {
    source: `export const load = () => import('ioredis');`,
    rule: 'bullmq-and-ioredis-only-in-scheduler',
  },
  'services/board/src/speaks-bullmq.ts': {
    source: `import { Queue } from 'bullmq'; export { Queue };`,
    rule: 'bullmq-and-ioredis-only-in-scheduler',
  },
  'services/dispatcher/src/speaks-prisma.ts': {
    source: `import '@prisma/client';`,
    rule: 'prisma-only-in-ledger',
  },
  'packages/http/src/starts-tracing.ts': {
    source: `import '@opentelemetry/sdk-node';`,
    rule: 'otel-sdk-only-in-telemetry',
  },
  'packages/http/src/cycle-a.ts': { source: `import './cycle-b.ts';`, rule: 'no-cycles' },
  'packages/http/src/dreams.ts': { source: `import './not-there.ts';`, rule: 'declared-or-built-in' },
};

/** What is allowed, and must stay so. */
const RIGHT: Record<string, string> = {
  'packages/core/src/index.ts': `export * from './part.ts';`,
  'packages/core/src/part.ts': `export const part = 1;`,
  'packages/core/src/part.test.ts': `import '@jest/globals'; import './part.ts';`,
  'packages/scheduler/src/index.ts': `import 'bullmq'; import 'ioredis'; import '@fairlead/core'; import './keys.ts';`,
  'packages/scheduler/src/keys.ts': `export type Keys = string;`,
  'packages/ledger/src/index.ts': `import '@prisma/client'; export type Ledger = object;`,
  'packages/telemetry/src/index.ts': `import '@opentelemetry/sdk-node'; import '@opentelemetry/api';`,
  'packages/http/src/index.ts': `import '@opentelemetry/api'; import 'node:http'; import '@fairlead/core';`,
  'packages/consumer/src/index.ts': `import '@opentelemetry/api'; import '@fairlead/scheduler';`,
  'packages/consumer/test/stock.test.ts': `import 'bullmq'; import '@fairlead/testkit'; import '../src/index.ts';`,
  'packages/cli/src/main.ts': `import '@fairlead/client'; import '@fairlead/core'; import '@fairlead/ledger'; import '@fairlead/scheduler';`,
  'packages/cli/test/process.test.ts': `import '@fairlead/testkit'; import '@fairlead/client';`,
  'packages/client/src/index.ts': `import 'zod'; import type { Part } from './part.ts'; export type Client = Part;`,
  'packages/client/src/part.ts': `export type Part = string;`,
  'packages/testkit/src/index.ts': `import '@fairlead/local'; import 'ioredis';`,
  'services/dispatcher/src/index.ts': `import '@fairlead/http'; import '@fairlead/ledger'; import '@fairlead/core';`,
  'services/board/src/index.ts': `import '@fairlead/http'; import '@fairlead/scheduler';`,
  'infra/local/src/index.ts': `import '@fairlead/core';`,
};

const OURS = [
  ...['core', 'scheduler', 'ledger', 'telemetry', 'http', 'client', 'cli', 'consumer', 'testkit'].map(
    (name) => [`packages/${name}`, name],
  ),
  ...['dispatcher', 'board'].map((name) => [`services/${name}`, name]),
  ['infra/local', 'local'],
] as const;
const REGISTRY = [
  'zod',
  'bullmq',
  'ioredis',
  '@prisma/client',
  '@opentelemetry/api',
  '@opentelemetry/sdk-node',
  '@jest/globals',
];

interface Violation {
  from: string;
  comment?: string;
  rule: { name: string };
}

let house: string;
let violations: Violation[];
let rules: { name: string; comment: string }[];

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'fairlead-import-law-'));
  // A cycle is reported once, at the file where the search enters it.
  const files: Record<string, string> = {
    ...RIGHT,
    'packages/http/src/cycle-b.ts': `import './cycle-a.ts';`,
  };
  for (const [path, { source }] of Object.entries(OFFENCES)) files[path] = source;
  for (const name of REGISTRY) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: 'index.js' });
    files[`node_modules/${name}/index.js`] = '';
  }
  for (const [folder, name] of OURS) {
    files[`${folder}/package.json`] = JSON.stringify({
      name: `@fairlead/${name}`,
      exports: { '.': './src/index.ts' },
    });
  }
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(house, path)), { recursive: true });
    await writeFile(join(house, path), source);
  }
  await mkdir(join(house, 'node_modules/@fairlead'), { recursive: true });
  for (const [folder, name] of OURS)
    await symlink(join(house, folder), join(house, 'node_modules/@fairlead', name));
  await writeFile(join(house, 'law.mjs'), await readFile(CONFIG, 'utf8'));

  const report = await new Promise<string>((resolve, reject) => {
    // The exit code is the number of offences, so it says nothing about whether the run worked.
    const args = [CRUISER, '--config', 'law.mjs', '--output-type', 'json', 'packages', 'services', 'infra'];
    execFile(process.execPath, args, { cwd: house, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      stdout === '' ? reject(error ?? new Error(stderr)) : resolve(stdout),
    );
  });
  const { summary } = JSON.parse(report) as {
    summary: { violations: Violation[]; ruleSetUsed: { forbidden: { name: string; comment: string }[] } };
  };
  violations = summary.violations;
  rules = summary.ruleSetUsed.forbidden;
});

afterAll(async () => {
  await rm(house, { recursive: true, force: true });
});

describe('the law of imports', () => {
  for (const [file, { rule }] of Object.entries(OFFENCES)) {
    test(`${rule}: finds ${file}`, () => {
      expect(violations.filter((found) => found.from === file).map((found) => found.rule.name)).toContain(
        rule,
      );
    });
  }

  test('allows what it should', () => {
    expect(violations.filter((found) => found.from in RIGHT)).toEqual([]);
  });

  test('has an offence that proves each rule, and each rule says what to do instead', () => {
    expect(new Set(Object.values(OFFENCES).map(({ rule }) => rule))).toEqual(
      new Set(rules.map(({ name }) => name)),
    );
    for (const { comment } of rules) expect(comment.length).toBeGreaterThan(40);
  });
});
