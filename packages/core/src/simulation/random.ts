/** Whole numbers from 0 to n − 1, the same for the same seed: mulberry32. Not for secrets. */
export type RandomBelow = (n: number) => number;

export function seededRandom(seed: number): RandomBelow {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** `numerator / denominator` as a whole number, rounded up or down so that it is right on average. */
export function roundAtRandom(numerator: number, denominator: number, random: RandomBelow): number {
  const whole = Math.floor(numerator / denominator);
  return whole + (random(1_000_000) * denominator < (numerator - whole * denominator) * 1_000_000 ? 1 : 0);
}
