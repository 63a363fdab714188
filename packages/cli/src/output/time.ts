import type { Screen } from './screen.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A duration in its largest two units: 90,000 → "1m 30s". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[first] as (typeof UNITS)[number];
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % size) / next[1]);
  return `${Math.floor(ms / size)}${unit}${next === undefined || rest === 0 ? '' : ` ${rest}${next[0]}`}`;
}

/** A time of the API, for a person how long ago it was or how soon it is; for a program as it came. */
export function when(screen: Screen, time: string | null | undefined, nowMs: number): string {
  if (time == null) return '';
  if (!screen.live) return time;
  const awayMs = Date.parse(time) - nowMs;
  if (Number.isNaN(awayMs)) return time;
  // To the second: what was ordered for 2h ends in 2h, and not in 1h 59m, when the answer is here.
  return awayMs > 0 ? `in ${duration(Math.ceil(awayMs / 1_000) * 1_000)}` : `${duration(-awayMs)} ago`;
}
