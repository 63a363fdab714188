/**
 * Recorded traffic: which tenant had a job when, and how long it ran. Any table with a head line will do, whose columns are
 * named; the Azure Functions trace of 2021 is known as it is (`app,func,end_timestamp,duration`, seconds).
 */
import { FairleadError } from '../faults.ts';

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
  /** Of times and durations. */
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
  const [head = '', ...rows] = csv.trim().split(/\r?\n/);
  const names = head.split(',').map((name) => name.trim());
  const used = columns ?? [AZURE_COLUMNS, PLAIN_COLUMNS].find((known) => missing(known, names).length === 0);
  if (used === undefined) throw unreadable(`its head is "${head}"`, names);
  const absent = missing(used, names);
  if (absent.length > 0) throw unreadable(`it has no column ${absent.join(', ')}`, names);
  const scale = used.unit === 's' ? 1_000 : 1;
  const at = (name: string) => names.indexOf(name);
  const jobs = rows.map((row, index) => {
    const cells = row.split(',');
    const number = (name: string) => {
      const cell = cells[at(name)]?.trim() ?? '';
      return cell === '' ? Number.NaN : Number(cell) * scale;
    };
    const tenant = cells[at(used.tenant)]?.trim() ?? '';
    const runMs = number(used.duration);
    const startMs = used.start === undefined ? number(used.end as string) - runMs : number(used.start);
    if (tenant === '' || !Number.isFinite(startMs) || !(runMs >= 0)) {
      throw unreadable(`line ${index + 2} cannot be read: ${row}`, names);
    }
    return { tenant, startMs, runMs };
  });
  jobs.sort((a, b) => a.startMs - b.startMs);
  const firstMs = jobs[0]?.startMs ?? 0;
  return jobs.map(({ tenant, startMs, runMs }) => ({ tenant, atMs: startMs - firstMs, runMs }));
}

function missing(columns: TraceColumns, names: readonly string[]): string[] {
  const { tenant, start, end, duration } = columns;
  return [tenant, start ?? end ?? 'start', duration].filter((name) => !names.includes(name));
}

function unreadable(why: string, names: readonly string[]): FairleadError {
  return new FairleadError('INVALID_REQUEST', `The trace cannot be used: ${why}.`, {
    fix: `Name its columns: the tenant, the start or the end of a job, and its duration (there are ${names.join(', ')}).`,
  });
}
