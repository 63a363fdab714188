/** `.env.example` and the services' configurations name the same variables. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const VARIABLE = /\b(?:(?:REDIS|DATABASE)_[A-Z_]+|HOST|PORT|LOG_LEVEL|(?:FAIRLEAD|OTEL)_[A-Z_]+)\b/g;

/** What the only readers of the environment name, whether in a schema or in a comment about it. */
function variablesOfServices(): Set<string> {
  const configs = readdirSync(`${root}/services`).map((service) => `services/${service}/src/config.ts`);
  return new Set(
    [...configs, 'packages/http/src/settings.ts'].flatMap((path) => read(path).match(VARIABLE) ?? []),
  );
}

test('every variable of a service is in .env.example, and no other', () => {
  const listed = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name as string);
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.toSorted()).toEqual([...variablesOfServices()].sort());
});
