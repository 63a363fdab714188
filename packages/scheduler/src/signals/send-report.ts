/**
 * Signals on their way from replicas and dispatchers to the controller: a stream on the first shard.
 *
 *     consumer, dispatcher ── report, once a second ──▶ {fl0}:~reports ── readReports ──▶ controller
 *                          ◀── capacity, my share ─────
 *
 * Counts only add, so what a report holds may be late, but must not be lost and not come twice. Who gets no answer
 * cannot know whether the report was taken: it sends the same one again under the same id, and goes on counting into
 * the next. The script takes an id once.
 *
 * The stream holds what a controller that was away for a quarter of an hour still wants to read, and at most 64 MiB;
 * a reader whose place in it was trimmed away is told.
 */
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { replicasFrom } from './replicas.ts';
import type { CapacityAnswer, Report } from './report.ts';
import { encodeReport } from './report-codec.ts';
import { sharesOf } from './shares.ts';

const SHARD = 0;
/** Workspaces in one entry of the stream: some 50 KB. */
const MAX_WORKSPACES = 1_000;
const NO_CAPACITY = -1;

/** Hands a report in, says that the reporter lives, and answers with its share. See report.lua. */
export async function sendReport(redis: RedisHandle, report: Report): Promise<CapacityAnswer> {
  const args = [
    shardPrefix(SHARD),
    report.reporter,
    report.id,
    report.kind === 'consumer' ? 'c' : 'd',
    report.slots,
    report.vitals?.running ?? 0,
    report.draining ? 1 : 0,
    ...partsOf(report).map(encodeReport),
  ];
  const answer = (await callScript(redis, 'report', routingKey(SHARD), args)) as [number, ...unknown[]];
  const [capacity, ...replicas] = answer;
  if (capacity === NO_CAPACITY) return { capacity: undefined, share: undefined };
  return { capacity, share: sharesOf(capacity, replicasFrom(replicas)).get(report.reporter) };
}

function partsOf(report: Report): readonly Report[] {
  if (report.counts.size <= MAX_WORKSPACES) return [report];
  const all = [...report.counts];
  const parts: Report[] = [];
  for (let from = 0; from < all.length; from += MAX_WORKSPACES) {
    const counts = new Map(all.slice(from, from + MAX_WORKSPACES));
    parts.push(from === 0 ? { ...report, counts } : { ...report, counts, vitals: undefined, evidence: [] });
  }
  return parts;
}
