import { randomBytes } from 'node:crypto';

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

let lastMs = 0;
let count = 0;

/**
 * A new id: a uuid v7, so that ids are inserted at the right edge of their index and listings are by age. Those of one
 * process sort in the order in which they were made, up to 4,096 in a millisecond (beyond, they borrow from the next).
 */
export function newJobId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    count = 0;
  } else if (++count > 0xfff) {
    lastMs++;
    count = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const random = randomBytes(8);
  random[0] = 0x80 | ((random[0] ?? 0) & 0x3f);
  const tail = random.toString('hex');
  const counter = count.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
