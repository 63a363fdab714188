import { basisPoints } from './rate.ts';

/** Numbers as a person reads them, the same in every place. Fractions only ever appear here. */

/** 90,000 → "1.5 min"; 1,500 → "1.5 s"; 12 → "12 ms". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${tenths(ms, 1_000)} s`;
  return ms < 7_200_000 ? `${tenths(ms, 60_000)} min` : `${tenths(ms, 3_600_000)} h`;
}

/** Basis points as a percentage: 50 → "0.5 %". */
export function percent(bp: number): string {
  return `${hundredths(bp)} %`;
}

/** Basis points as a difference of percentages: 30 → "0.3 points". */
export function points(bp: number): string {
  return `${hundredths(bp)} points`;
}

/** A share of counts as a percentage, rounded down. */
export function share(part: number, whole: number): string {
  return percent(basisPoints(part, whole));
}

/** "1 job", "2 jobs", "1,088 jobs". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${grouped(value)} ${value === 1 ? one : many}`;
}

/** 16384 → "16,384". */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A list of codes for a sentence: "claim latency and redis memory". */
export function list(codes: readonly string[]): string {
  const words = codes.map((code) => code.replaceAll('_', ' '));
  const last = words.pop() ?? 'nothing';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}

/** An instant as people and logs write it. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function tenths(value: number, unit: number): string {
  const rounded = Math.floor((value * 10) / unit);
  return rounded % 10 === 0 ? grouped(rounded / 10) : `${Math.floor(rounded / 10)}.${rounded % 10}`;
}

function hundredths(bp: number): string {
  const whole = Math.trunc(bp / 100);
  const rest = String(Math.abs(bp) % 100)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(whole) : `${whole}.${rest}`;
}
