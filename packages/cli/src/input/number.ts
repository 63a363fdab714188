import { InvalidArgumentError } from 'commander';

/** Parses a whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It is a whole number, at least ${least}.`
        : `It is a whole number from ${least} to ${most}.`,
    );
  };
}

/** A number above 0. */
export function positive(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError('It is a number above 0.');
}

/** A number above 0; "quota"; or "unlimited", which the API says as 0. */
export function limit(text: string): number | 'quota' {
  if (text === 'unlimited') return 0;
  if (text === 'quota') return text;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError('It is a number above 0, "quota" or "unlimited".');
}
