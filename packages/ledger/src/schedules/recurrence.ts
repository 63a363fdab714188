import { FairleadError } from '@fairlead/core';
import { CronExpressionParser } from 'cron-parser';

/** When a schedule is due: by a cron expression in a time zone, or at even distances. */
export type Recurrence = { readonly cron: string; readonly tz: string } | { readonly everyMs: number };

/** What becomes of occurrences that came due while nobody was there to fire them. */
export type MissedPolicy =
  /** One run for all of them, with the time of the newest. The default. */
  | 'latest'
  /** None, unless it is less than a minute late. */
  | 'skip'
  /** Each, oldest first, up to a hundred a round. */
  | 'all';

const SKIP_AFTER_MS = 60_000;
const MAX_CATCH_UP = 100;
const MIN_EVERY_MS = 1_000;
const MAX_EVERY_MS = 366 * 24 * 3_600_000;

/** Throws INVALID_REQUEST when it never comes due, or its zone does not exist. */
export function assertRecurrence(recurrence: Recurrence, nowMs: number): void {
  if ('everyMs' in recurrence) {
    const { everyMs } = recurrence;
    if (Number.isInteger(everyMs) && everyMs >= MIN_EVERY_MS && everyMs <= MAX_EVERY_MS) return;
    throw new FairleadError('INVALID_REQUEST', `A schedule cannot repeat every ${everyMs} ms.`, {
      fix: `Use a whole number of milliseconds from ${MIN_EVERY_MS} to ${MAX_EVERY_MS}.`,
    });
  }
  const { cron, tz } = recurrence;
  if (!isTimeZone(tz)) {
    throw new FairleadError('INVALID_REQUEST', 'There is no such time zone.', {
      fix: 'Use a name of the IANA database, such as Europe/Berlin or UTC.',
    });
  }
  if (nextCron(cron, tz, nowMs) === undefined) {
    throw new FairleadError('INVALID_REQUEST', 'The cron expression never comes due.', {
      fix: 'Use five fields (minute hour day month weekday), or six with seconds in front.',
    });
  }
}

/** The first time after `afterMs`; even distances are counted from `anchorMs`. Undefined: never again. */
export function nextDueMs(recurrence: Recurrence, anchorMs: number, afterMs: number): number | undefined {
  if (!('everyMs' in recurrence)) return nextCron(recurrence.cron, recurrence.tz, afterMs);
  const steps = Math.floor((afterMs - anchorMs) / recurrence.everyMs) + 1;
  return anchorMs + Math.max(steps, 0) * recurrence.everyMs;
}

export interface Occurrences {
  readonly dueMs: readonly number[];
  readonly nextMs: number | undefined;
}

/** What has to be fired at `nowMs` by a schedule whose next time was `dueMs`, and when it is due after that. */
export function occurrencesAt(
  recurrence: Recurrence,
  missed: MissedPolicy,
  dueMs: number,
  nowMs: number,
): Occurrences {
  if (dueMs > nowMs) return { dueMs: [], nextMs: dueMs };
  if (missed === 'all') return each(recurrence, dueMs, nowMs);
  const latest = Math.max(dueMs, latestDueMs(recurrence, dueMs, nowMs));
  const isSkipped = missed === 'skip' && nowMs - latest > SKIP_AFTER_MS;
  return { dueMs: isSkipped ? [] : [latest], nextMs: nextDueMs(recurrence, dueMs, nowMs) };
}

function each(recurrence: Recurrence, dueMs: number, nowMs: number): Occurrences {
  const all: number[] = [];
  let next: number | undefined = dueMs;
  while (next !== undefined && next <= nowMs && all.length < MAX_CATCH_UP) {
    all.push(next);
    next = nextDueMs(recurrence, dueMs, next);
  }
  return { dueMs: all, nextMs: next };
}

/** The newest time that is not after `nowMs`. From the end, for there may be a million in between. */
function latestDueMs(recurrence: Recurrence, anchorMs: number, nowMs: number): number {
  if ('everyMs' in recurrence) {
    return anchorMs + Math.floor((nowMs - anchorMs) / recurrence.everyMs) * recurrence.everyMs;
  }
  const { cron, tz } = recurrence;
  return CronExpressionParser.parse(cron, { currentDate: new Date(nowMs + 1), tz })
    .prev()
    .getTime();
}

/** The parser takes missing fields for stars: half an expression would run every second. */
const FIVE_OR_SIX_FIELDS = /^(@[a-z]+|\S+( +\S+){4,5})$/;
const MAX_CRON_CHARS = 200;

function nextCron(cron: string, tz: string, afterMs: number): number | undefined {
  if (cron.length > MAX_CRON_CHARS || !FIVE_OR_SIX_FIELDS.test(cron)) return undefined;
  try {
    return CronExpressionParser.parse(cron, { currentDate: new Date(afterMs), tz })
      .next()
      .getTime();
  } catch {
    return undefined;
  }
}

function isTimeZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}
