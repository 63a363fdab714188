import type { BackpressureDecision } from './decide.ts';
import type { BackpressureReason, Level } from './reasons.ts';

/** A level as those who take jobs in are told of it. */
export interface Pressure {
  readonly level: Exclude<Level, 'none'>;
  readonly reason: BackpressureReason;
  /** Why the work that is there does not run, when something of the workspace's own holds it. */
  readonly waitingReason?: BackpressureReason;
  /** When a producer should come again, ms from when this was decided. */
  readonly retryAfterMs: number;
}

/** What a decision asks of producers; undefined when the door is open. */
export function pressureOf({
  reasonCode,
  limiting,
  details: { level, retryAfterMs },
}: Pick<BackpressureDecision, 'reasonCode' | 'limiting' | 'details'>): Pressure | undefined {
  if (level === 'none') return undefined;
  const [waitingReason] = limiting as readonly BackpressureReason[];
  return {
    level,
    reason: reasonCode,
    ...(waitingReason === undefined ? {} : { waitingReason }),
    retryAfterMs,
  };
}
