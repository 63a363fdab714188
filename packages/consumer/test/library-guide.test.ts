/** docs/library.md has every option of a consumer, with its default. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseOptions } from '../src/options.ts';

const page = readFileSync(new URL('../../../docs/library.md', import.meta.url), 'utf8');
const [, chapter = ''] = /^## `createConsumer\(options\)`$(.*?)^## /ms.exec(page) ?? [];
const documented = new Map(
  [...chapter.matchAll(/^\| `(\w+)` \| (.*?) \| /gm)].map(([, name = '', value = '']) => [name, value]),
);

test('it has the options with the defaults that they have', () => {
  const { replicaId: _, ...defaults } = parseOptions({});
  for (const [name, value] of Object.entries(defaults)) {
    expect([name, documented.get(name)?.replaceAll(',', '')]).toEqual([name, String(value)]);
  }
});

test('it has no option that there is not', () => {
  const parts = ['handlers', 'redis', 'ledger', 'tracer', 'logger', 'onEvent'];
  const retention = { count: 1, ageSeconds: 1 };
  const all = parseOptions({ shards: 1, partitionCap: 1, keepCompleted: retention, keepDead: retention });
  expect([...documented.keys()].toSorted()).toEqual([...Object.keys(all), ...parts].toSorted());
});
