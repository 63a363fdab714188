/**
 * Recorded traffic: which tenant had a job when, and how long it ran. Any table with a head line will do, whose columns are
 * named; the Azure Functions trace of 2021 is known as it is (`app,func,end_timestamp,duration`, seconds).
 */
import { FairleadError } from '../faults.ts';
import { csvRows } from './csv-rows.ts';

/** One job of a trace. */
export interface TraceJob {
  readonly tenant: string;
  /** When it came, ms since the first of them. */
  readonly atMs: number;
  /** How long it ran, ms. */
  readonly runMs: number;
}

/** Where to find what: names of columns. */
export interface TraceColumns {
  readonly tenant: string;
  /** When the job began; or give `end`. */
  readonly start?: string | undefined;
  /** When it ended: its start is that less the duration. */
  readonly end?: string | undefined;
  readonly duration: string;
  /** Of times and durations; a time may also be a date, as `2026-01-31T08:00:00Z`. */
  readonly unit: 's' | 'ms';
}

export const AZURE_COLUMNS: TraceColumns = {
  tenant: 'app',
  end: 'end_timestamp',
  duration: 'duration',
  unit: 's',
};

/** Used when the head has these names. */
const PLAIN_COLUMNS: TraceColumns = { tenant: 'tenant', start: 'time', duration: 'duration', unit: 's' };

/**
 * Reads a trace, in order of time.
 *
 * @param columns default: by the head, `app,…,end_timestamp,duration` or `tenant,time,duration`, in seconds
 * @throws FairleadError INVALID_REQUEST naming the missing columns, or the line that cannot be read
 */
export function parseTrace(csv: string, columns?: TraceColumns): TraceJob[] {
  const [names = [], ...rows] = csvRows(csv);
  const used = columns ?? [AZURE_COLUMNS, PLAIN_COLUMNS].find((known) => missing(known, names).length === 0);
  if (used === undefined) throw unreadable(`its head is "${names.join()}"`, names);
  const absent = missing(used, names);
  if (absent.length > 0) throw unreadable(`it has no column ${absent.join(', ')}`, names);
  const scale = used.unit === 's' ? 1_000 : 1;
  const [tenantAt, timeAt, durationAt] = namesOf(used).map((name) => names.indexOf(name));
  const jobs = rows.map((cells, index) => {
    const cell = (at: number | undefined) => cells[at ?? -1] ?? '';
    const tenant = cell(tenantAt);
    const runMs = number(cell(durationAt)) * scale;
    const timeMs = time(cell(timeAt), scale);
    if (tenant === '' || !Number.isFinite(timeMs) || !(runMs >= 0 && runMs < Number.POSITIVE_INFINITY)) {
      throw unreadable(`line ${index + 2} cannot be read: ${cells.join()}`, names);
    }
    return { tenant, startMs: used.start === undefined ? timeMs - runMs : timeMs, runMs };
  });
  jobs.sort((a, b) => a.startMs - b.startMs);
  const firstMs = jobs[0]?.startMs ?? 0;
  return jobs.map(({ tenant, startMs, runMs }) => ({ tenant, atMs: startMs - firstMs, runMs }));
}

function missing(columns: TraceColumns, names: readonly string[]): string[] {
  return namesOf(columns).filter((name) => !names.includes(name));
}

/** Of the tenant, of the time that is given, and of the duration. */
function namesOf({ tenant, start, end, duration }: TraceColumns): [string, string, string] {
  return [tenant, start ?? end ?? 'start', duration];
}

function number(cell: string): number {
  return cell === '' ? Number.NaN : Number(cell);
}

const DATE = /^\d{4}-\d{2}-\d{2}[T ]/;

function time(cell: string, scale: number): number {
  return DATE.test(cell) ? Date.parse(cell) : number(cell) * scale;
}

function unreadable(why: string, names: readonly string[]): FairleadError {
  return new FairleadError('INVALID_REQUEST', `The trace cannot be used: ${why}.`, {
    fix: `Name its columns: the tenant, the start or the end of a job, and its duration (there are ${names.join(', ')}).`,
  });
}
