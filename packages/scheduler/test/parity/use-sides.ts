/** Both sides of the comparison on one Redis, for a file of tests. */
import { privateRedis, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll } from '@jest/globals';
import { takeOverDate } from './date.ts';
import { nativeSide } from './native.ts';
import { type OurOptions, ourSide } from './ours.ts';
import type { Sides } from './run.ts';
import type { Side } from './side.ts';

/** Gives what runs something with our side as it is told to be. */
export function useSides(): <T>(options: OurOptions, run: (sides: Sides) => Promise<T>) => Promise<T> {
  let server: TestRedis;
  let native: Side;
  let date: ReturnType<typeof takeOverDate>;

  beforeAll(async () => {
    server = await privateRedis();
    native = await nativeSide(server.url);
    date = takeOverDate();
  });

  afterAll(async () => {
    date.giveBack();
    await native.close();
    await server.stop();
  });

  return async (options, run) => {
    const ours = await ourSide(server.url, options);
    try {
      return await run({ native, ours, setDate: date.set });
    } finally {
      await ours.close();
    }
  };
}
