import { privatePostgres, type TestPostgres } from '@fairlead/testkit';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { type FaultTest, holds } from '../src/fault-test.ts';

/** Runs the quick form; everything that must hold has to, that its fault happened included. */
export async function expectToHold(test: FaultTest): Promise<void> {
  const figures = await test.run({ quick: true, seed: 1, say() {} });
  expect(figures.filter((one) => !holds(one))).toEqual([]);
}

/** Keeps one Postgres for all rigs of a file: each has a database of its own there. */
export function shareOnePostgres(): void {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await privatePostgres();
  }, 60_000);
  afterAll(() => postgres.stop());
}
