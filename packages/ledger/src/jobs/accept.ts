import { FairleadError, isWorkspaceSlug } from '@fairlead/core';
import type { Database } from '../database.ts';
import { createGather } from '../gather.ts';
import { assertStorableJson, assertStorableText } from '../storable.ts';
import { insertJobs, type RelayTimes } from './insert-jobs.ts';
import { isJobId } from './job-id.ts';
import type { AcceptOutcome, JobToAccept } from './job-to-accept.ts';

export type Accept = (items: readonly JobToAccept[]) => Promise<AcceptOutcome[]>;

const MAX_ROWS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** What a row weighs besides its payload and its keys. */
const ROW_BYTES = 200;
const WAIT_MS = 2;
/** Of a pool of four, so that reads and finishes find a connection while Postgres is busy with commits. */
const MAX_UNDER_WAY = 2;

/**
 * Accepting: after it resolves, the jobs are durable. Concurrent callers share statements and commits (see gather.ts);
 * a statement holds at most 1,000 rows and 4 MiB, and there is a second one only when some rows were there before.
 *
 * Rejects with INVALID_REQUEST or WORKSPACE_NAME_INVALID when an item cannot be stored, before anything of this call is
 * sent; and with LEDGER_UNAVAILABLE when Postgres did not confirm within `deadlineMs`. It may have stored the jobs even
 * so: the relay will run them, and a caller who tries again with the same idempotency keys is told `duplicate`. A call
 * of more than 1,000 items is rejected when one of its statements fails.
 */
export function createAccept(database: Database, times: RelayTimes & { deadlineMs: number }): Accept {
  const gather = createGather({
    send: (items: readonly JobToAccept[]) => insertJobs(database, items, times),
    bytesOf: (item) => ROW_BYTES + item.payloadJson.length + (item.idempotencyKey?.length ?? 0),
    maxRows: MAX_ROWS,
    maxBytes: MAX_BYTES,
    waitMs: WAIT_MS,
    maxUnderWay: MAX_UNDER_WAY,
    deadlineMs: times.deadlineMs,
  });
  return async (items) => {
    for (const item of items) assertAcceptable(item);
    return gather(items);
  };
}

/** What Postgres would refuse anyhow, refused here: it would cost the company of the same batch another statement. */
function assertAcceptable(item: JobToAccept): void {
  const { id, workspace, type, payloadJson, idempotencyKey, requestHash, traceparent, runAtMs } = item;
  if (!isJobId(id))
    throw new FairleadError('INVALID_REQUEST', 'The id of a job must be a uuid in lower case.');
  if (!isWorkspaceSlug(workspace)) {
    throw new FairleadError(
      'WORKSPACE_NAME_INVALID',
      `"${workspace.slice(0, 80)}" is not a workspace name.`,
      {
        fix: 'Use 1 to 63 of a-z, 0-9 and -, beginning with a letter or a digit.',
      },
    );
  }
  assertStorableText('The type', type);
  assertStorableJson('The payload', payloadJson);
  for (const [what, text] of [
    ['The idempotency key', idempotencyKey],
    ['The request hash', requestHash],
    ['The traceparent', traceparent],
  ] as const) {
    if (text !== undefined) assertStorableText(what, text);
  }
  if (runAtMs !== undefined && !(Math.abs(runAtMs) <= MAX_DATE_MS)) {
    throw new FairleadError('INVALID_REQUEST', `${runAtMs} ms is not a time.`);
  }
}

/** The end of the year 9999: later is a mistake of units. */
const MAX_DATE_MS = 253_402_300_799_999;
