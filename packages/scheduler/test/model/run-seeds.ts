import { type Random, seeded } from '@fairlead/testkit';
import type { ModelConfig } from './config.ts';

/** Each waits for Redis most of the time. */
const AT_A_TIME = 10;

/**
 * Runs a sequence for each seed, several at a time: `run` is to keep to keys of its own, by the number it is given.
 *
 * @throws what the first one that fails throws, with its seed
 */
export async function runSeeds<T>(
  { firstSeed, sequences }: ModelConfig,
  run: (number: number, random: Random) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (let from = 0; from < sequences; from += AT_A_TIME) {
    const numbers = Array.from({ length: Math.min(AT_A_TIME, sequences - from) }, (_, n) => from + n);
    const ends = await Promise.allSettled(numbers.map((number) => run(number, seeded(firstSeed + number))));
    for (const [n, end] of ends.entries()) {
      if (end.status === 'fulfilled') {
        results.push(end.value);
        continue;
      }
      const cause = end.reason as Error;
      throw new Error(`seed ${firstSeed + from + n}: ${cause.message}`, { cause });
    }
  }
  return results;
}
