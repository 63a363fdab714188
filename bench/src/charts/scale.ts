/** From values to places on a chart. Pure. */
export interface Scale {
  /** Where a value is, from 0 (first) to 1 (last). */
  place(value: number): number;
  readonly ticks: readonly number[];
}

/** Steps that people count in. */
const STEPS = [1, 2, 2.5, 5, 10];
const MOST_TICKS = 6;

/** From 0 to a round number that is not below the largest value. */
export function linearScale(values: readonly number[]): Scale {
  const most = Math.max(0, ...values) || 1;
  const rough = most / (MOST_TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  const end = step * count;
  return {
    place: (value) => value / end,
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  };
}

/** By powers of ten, from the one below the smallest value to the one above the largest. 0 stands one power before them. */
export function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const hasZero = positive.length < values.length;
  const least = positive.length === 0 ? 1 : Math.min(...positive);
  const most = positive.length === 0 ? 10 : Math.max(...positive);
  const first = Math.floor(Math.log10(least) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(most) - 1e-9));
  const from = hasZero ? first - 1 : first;
  const powers = Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
  return {
    place: (value) => ((value > 0 ? Math.log10(value) : from) - from) / (last - from),
    ticks: hasZero ? [0, ...powers] : powers,
  };
}
