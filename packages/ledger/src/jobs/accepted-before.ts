import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import type { AcceptOutcome } from './job-to-accept.ts';

/** A job with a key, as a client sent it. */
export interface KeyedRequest {
  readonly workspace: string;
  readonly idempotencyKey: string;
  readonly requestHash: string | undefined;
}

/**
 * What `accept` would say of those that were accepted before, and undefined for what is new: for a client that asks
 * again after new jobs are refused. It accepts nothing.
 */
export async function acceptedBefore(
  database: Database,
  requests: readonly KeyedRequest[],
): Promise<(Exclude<AcceptOutcome, { outcome: 'accepted' }> | undefined)[]> {
  if (requests.length === 0) return [];
  const rows = await database.query<{
    place: number;
    id: string;
    state: JobState;
    requestHash: string | null;
  }>(
    Prisma.sql`
      SELECT t.place::int4, j."id", j."state", j."requestHash"
      FROM unnest(${requests.map(({ workspace }) => workspace)}::text[],
        ${requests.map(({ idempotencyKey }) => idempotencyKey)}::text[]) WITH ORDINALITY AS t(workspace, key, place)
      JOIN "Job" j ON j."workspace" = t.workspace AND j."idempotencyKey" = t.key AND j."idempotencyKey" IS NOT NULL`,
  );
  const found = new Map(rows.map((row) => [row.place - 1, row]));
  return requests.map(({ requestHash }, place) => {
    const row = found.get(place);
    if (row === undefined) return undefined;
    const { id, state } = row;
    return (row.requestHash ?? undefined) === requestHash
      ? { outcome: 'duplicate', id, state }
      : { outcome: 'key_reused', id };
  });
}
