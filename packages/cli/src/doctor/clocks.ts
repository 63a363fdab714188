import { duration } from '../output/time.ts';
import { type Finding, ok, skipped, warning } from './check.ts';

/** What a clock showed, and between which of our own times it was read. */
export interface ClockReading {
  readonly whose: string;
  readonly showedMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Dispatch windows and due times of schedules go by the clocks of different machines. */
const MOST_MS = 5_000;
/** The dispatcher tells whole seconds. */
const COARSE_MS = 1_000;

/** How far our clock and those of the servers are apart, at the least that what was seen allows. */
export function checkClocks(readings: readonly ClockReading[]): Finding {
  if (readings.length === 0) {
    return skipped('clock', 'no other clock could be read', 'Bring the others to answer first.');
  }
  const off = readings.map(({ whose, showedMs, fromMs, untilMs }) => ({
    whose,
    ms: Math.max(0, fromMs - showedMs - COARSE_MS, showedMs - untilMs - COARSE_MS),
  }));
  const wrong = off.filter(({ ms }) => ms > MOST_MS);
  if (wrong.length === 0) return ok('clock', `no more than ${MOST_MS / 1_000} s from ${list(off)}`);
  return warning(
    'clock',
    wrong.map(({ whose, ms }) => `${duration(ms)} away from that of ${whose}`).join('; '),
    'Let all machines, also this one, take their time from NTP.',
  );
}

function list(readings: readonly { readonly whose: string }[]): string {
  return readings.map(({ whose }) => whose).join(', ');
}
