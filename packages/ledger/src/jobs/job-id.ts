const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * True for the form of a ledger id. Jobs that others added to a queue with the stock library have ids of any form; to
 * ask Postgres for one of those would fail the whole batch.
 */
export function isJobId(id: string): boolean {
  return UUID.test(id);
}

/** The ids that may be in the ledger, each once, in the one order in which every statement locks. */
export function lockOrder(ids: readonly string[]): string[] {
  return [...new Set(ids)].filter(isJobId).sort();
}
