/** The quota ladder of a workspace: 64 → 100 and back. */
export interface PromotionPolicy {
  /** The switch of the whole feature; off, every workspace keeps what it has. */
  readonly enabled: boolean;
  /** Jobs at once of a workspace that is not promoted. */
  readonly baseQuota: number;
  /** Jobs at once of one that is. */
  readonly promotedQuota: number;
  /** Length of a promotion window, ms. */
  readonly windowMs: number;
  /** Healthy windows in a row that promote. */
  readonly windows: number;
  /** Queue-age p95 must be under this, ms. */
  readonly queueAgeP95Ms: number;
  /** Failure rate must be under this, basis points of finished jobs. */
  readonly failureBp: number;
  /** Finished jobs that a promotion window needs to be judged. */
  readonly minFinished: number;
  /** Length of a demotion window, ms. */
  readonly demotionWindowMs: number;
  /** Breached windows in a row that demote. */
  readonly demotionWindows: number;
  /** Failure rate that breaches a demotion window, basis points of finished jobs. */
  readonly demotionFailureBp: number;
  /** Finished jobs that a demotion window needs before its failures are judged; contention is judged without. */
  readonly demotionMinFinished: number;
  /** After a demotion nothing counts for this long, ms. */
  readonly requalifyMs: number;
}

export const DEFAULT_PROMOTION_POLICY: PromotionPolicy = {
  enabled: true,
  baseQuota: 64,
  promotedQuota: 100,
  windowMs: 1_800_000,
  windows: 4,
  queueAgeP95Ms: 180_000,
  failureBp: 50,
  minFinished: 20,
  demotionWindowMs: 900_000,
  demotionWindows: 2,
  demotionFailureBp: 200,
  demotionMinFinished: 1,
  requalifyMs: 1_800_000,
};
