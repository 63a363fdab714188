/** When producers are asked to slow down, and when they are turned away. */
export interface BackpressurePolicy {
  /** Time between two decisions, ms: for the advice when to come again. */
  readonly tickMs: number;
  /** Backlog over this share of `maxBacklog` is soft, basis points; at the whole it is hard. */
  readonly softBacklogBp: number;
  /** The oldest runnable job waiting longer than this is soft, ms. */
  readonly softOldestMs: number;
  /** Redis memory over this share of maxmemory is soft, basis points. */
  readonly softRedisBp: number;
  /** And over this is hard. */
  readonly hardRedisBp: number;
  /** A level ends when everything is under this share of its line, basis points … */
  readonly clearBp: number;
  /** … for so many ticks in a row. */
  readonly clearTicks: number;
}

export const DEFAULT_BACKPRESSURE_POLICY: BackpressurePolicy = {
  tickMs: 15_000,
  softBacklogBp: 5_000,
  softOldestMs: 60_000,
  softRedisBp: 6_000,
  hardRedisBp: 7_000,
  clearBp: 9_000,
  clearTicks: 3,
};
