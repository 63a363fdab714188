import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import type { Report } from './report.ts';
import { decodeReport } from './report-codec.ts';

export interface ReportsRead {
  /** In the order in which they came; `atMs` is Redis' time of that. A large report comes in parts. */
  readonly reports: readonly { readonly atMs: number; readonly report: Report }[];
  /** Where to read on; keep it together with what was counted. */
  readonly cursor: string;
  /** Whether something after the old cursor cannot be read: it was trimmed away, or Redis lost it, or it is no report. */
  readonly lost: boolean;
}

const SHARD = 0;
const BEGINNING = '0-0';

/** The id and number of the last entry that was read, and the name of the stream; none for a Redis that had no reports. */
interface Place {
  readonly id: string;
  readonly number: number;
  readonly stream: string;
}

/**
 * The reports after `after` (undefined: all that there are), at most `limit` of them; fewer mean that there are no more.
 * See read-reports.lua.
 *
 * Entries are numbered without a gap, and the cursor has the number: that is how a reader sees what it missed.
 */
export async function readReports(
  redis: RedisHandle,
  after: string | undefined,
  limit: number,
): Promise<ReportsRead> {
  const from = placeOf(after);
  const args = [shardPrefix(SHARD), from?.id ?? BEGINNING, from?.stream ?? '', limit];
  const answer = await callScript(redis, 'read-reports', routingKey(SHARD), args);
  const [stream, newest, entries] = answer as [string, number, Entry[]];

  const reports: { atMs: number; report: Report }[] = [];
  const same = from?.stream === stream;
  let lost = from !== undefined && from.stream !== '' && !same;
  let id = same ? from.id : BEGINNING;
  // Who begins does not miss what was before.
  let number = from === undefined ? Number(entries[0]?.[1][1] ?? newest + 1) - 1 : same ? from.number : 0;
  for (const [entryId, [, entryNumber, , text]] of entries) {
    if (Number(entryNumber) !== number + 1) lost = true;
    id = entryId;
    number = Number(entryNumber);
    const report = decodeReport(text);
    if (report) reports.push({ atMs: Number.parseInt(entryId, 10), report });
    else lost = true;
  }
  if (entries.length === 0 && number !== newest) {
    lost = true;
    number = newest;
  }
  return { reports, cursor: `${id}/${number}/${stream}`, lost };
}

type Entry = [id: string, fields: [string, string, string, string]];

/** A cursor that is none stands for the beginning. */
function placeOf(cursor: string | undefined): Place | undefined {
  const [, id, number, stream] = /^(\d+-\d+)\/(\d+)\/(\d*)$/.exec(cursor ?? '') ?? [];
  if (id === undefined || stream === undefined) return undefined;
  return { id, number: Number(number), stream };
}
