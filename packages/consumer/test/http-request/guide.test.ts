/** docs/http-request.md tells what the code does. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { REFUSED_RANGES } from '../../src/http-request/address-rules.ts';
import { parseAllowList } from '../../src/http-request/allow-list.ts';
import { httpRequestInput } from '../../src/http-request/input.ts';

const guide = readFileSync(new URL('../../../../docs/http-request.md', import.meta.url), 'utf8');

function section(title: string): string {
  return guide.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
}

test('the guide lists exactly the refused ranges', () => {
  const rows = section('Where it does not go')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const listed = rows.flatMap((row) => [...row.matchAll(/`([0-9a-f:.]+\/\d+)`/g)].map(([, range]) => range));
  const refused = Object.values(REFUSED_RANGES).flat();
  expect(new Set(listed)).toEqual(new Set([...refused, '2000::/3']));
});

test('the guide lists exactly the fields of the payload, and its example is one', () => {
  const table = guide.slice(0, guide.indexOf('\n## '));
  const fields = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(fields)).toEqual(new Set(Object.keys(httpRequestInput.shape)));
  const [, example = ''] = /^```json\n([\s\S]*?)^```$/m.exec(table.replace('Bearer …', 'Bearer t')) ?? [];
  const { type, payload } = JSON.parse(example) as { type: string; payload: unknown };
  expect(type).toBe('http.request');
  expect(httpRequestInput.safeParse(payload).success).toBe(true);
});

test('the exceptions that the guide shows can be made', () => {
  const text = section('Where it does not go').split('makes exceptions').at(-1) ?? '';
  const entries = [...text.matchAll(/`([^`]+)`/g)].map(([, entry = '']) => entry);
  expect(entries).toHaveLength(4);
  expect(parseAllowList(entries).outcome).toBe('parsed');
});
