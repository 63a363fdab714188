/** A random source whose whole run is given by its seed; print the seed when a test fails. */
export interface Random {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** A whole number in [from, to], both included. */
  integer(from: number, to: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of them. Throws on none. */
  pick<T>(of: readonly T[]): T;
  /** A copy in random order. */
  shuffle<T>(of: readonly T[]): T[];
  /** A source of its own, so that drawing from one does not shift the other. */
  fork(): Random;
}

/** mulberry32: 32 bits of state, fast, and good enough to choose test cases. Not for secrets. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    seed,
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (of) => {
      if (of.length === 0) throw new RangeError('There is nothing to pick from.');
      return of[integer(0, of.length - 1)] as (typeof of)[number];
    },
    shuffle: (of) => {
      const copy = [...of];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = integer(0, last);
        [copy[last], copy[other]] = [
          copy[other] as (typeof copy)[number],
          copy[last] as (typeof copy)[number],
        ];
      }
      return copy;
    },
    fork: () => seeded(integer(0, 0xffff_ffff)),
  };
}
