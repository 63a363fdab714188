import type { Figure } from './figure.ts';

export interface BenchOptions {
  /** A tenth of the work and one round: to see that it runs, not to quote. */
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

export interface BenchReport {
  readonly figures: readonly Figure[];
  /** What was varied, and every peer's settings. */
  readonly settings: Readonly<Record<string, string | number>>;
}

export interface Bench {
  readonly name: string;
  /** One line for the list of benches. */
  readonly about: string;
  run(options: BenchOptions): Promise<BenchReport>;
}

/** Runs contestants in turn, round after round, so that a machine that slows down slows all of them. */
export async function inTurn<T>(
  contestants: Readonly<Record<string, () => Promise<T>>>,
  rounds: number,
  say: (line: string) => void,
  describe: (result: T) => string,
): Promise<Record<string, T[]>> {
  const results: Record<string, T[]> = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const result = await run();
      results[name]?.push(result);
      say(`round ${round}/${rounds}  ${name.padEnd(28)} ${describe(result)}`);
    }
  }
  return results;
}
