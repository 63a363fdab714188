/**
 * Jain's fairness index (Σx)² / (n·Σx²): 1 when all shares are equal, 1/n when one has everything.
 * Of no values, or of zeros alone, nobody is worse off than another: 1.
 * Source: Jain, Chiu, Hawe, "A Quantitative Measure of Fairness", DEC TR-301, 1984.
 */
export function jainIndex(values: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/**
 * The p-quantile by nearest rank, index ⌈p·n⌉ − 1 of the ascending values; 0 of none.
 *
 * @param ascending values sorted ascending
 * @param p in (0, 1]
 */
export function nearestRank(ascending: readonly number[], p: number): number {
  if (ascending.length === 0) return 0;
  const index = Math.max(0, Math.ceil(p * ascending.length) - 1);
  return ascending[index] ?? 0;
}
