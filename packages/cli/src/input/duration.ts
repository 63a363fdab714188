import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A duration such as 250ms, 30s, 15m, 1h30m or 7d, in milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const parts = text.match(/\d+(?:\.\d+)?[a-z]*/g) ?? [];
  let ms = 0;
  for (const part of parts) {
    const [, amount, unit = ''] = FORM.exec(part) ?? [];
    if (amount === undefined) throw wrong();
    ms += Number(amount) * (UNITS[unit] ?? Number.NaN);
  }
  if (parts.join('') !== text || text === '') throw wrong();
  return Math.round(ms);
}

/** The same in whole seconds, rounded up. */
export function parseSeconds(text: string): number {
  return Math.ceil(parseDuration(text) / 1_000);
}

function wrong(): InvalidArgumentError {
  return new InvalidArgumentError('It is a number and a unit (ms, s, m, h, d), like 30s, 15m or 1h30m.');
}
