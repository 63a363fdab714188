import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.ts';

/** A time, or how long ago it is: 2h, or 2030-01-31T08:00:00Z. Gives it when told what time it is now. */
export function parseSince(text: string): (nowMs: number) => number {
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return () => at;
  try {
    const ago = parseDuration(text);
    return (nowMs) => nowMs - ago;
  } catch {
    throw new InvalidArgumentError('It is a time like 2030-01-31T08:00:00Z, or how long ago, like 2h.');
  }
}
