/** Counts jobs done and adds their numbers up: work that was skipped or done twice shows. */
export interface Checklist {
  tick(number: number): void;
  /** Gives the count up: `complete` rejects. */
  fail(error: Error): void;
  /** Resolves when `expected` ticks were made. */
  readonly complete: Promise<void>;
  /** @throws Error when the sum is not that of 0 … expected − 1 */
  verify(): void;
}

export function createChecklist(expected: number): Checklist {
  const done = Promise.withResolvers<void>();
  let count = 0;
  let sum = 0;
  return {
    tick(number) {
      count++;
      sum += number;
      if (count === expected) done.resolve();
    },
    fail: done.reject,
    complete: done.promise,
    verify() {
      const expectedSum = (expected * (expected - 1)) / 2;
      if (count !== expected || sum !== expectedSum) {
        throw new Error(
          `the work is wrong: ${count} jobs of ${expected}, checksum ${sum} for ${expectedSum}`,
        );
      }
    },
  };
}
