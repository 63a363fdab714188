import { duration, grouped, percent, share } from '../decision/words.ts';
import {
  type ContentionMeasure,
  type ContentionPolicy,
  type ContentionSample,
  isOverLine,
} from './contention.ts';

/** A measure in breach with its last sample, "claim latency 80 ms, line 50 ms": it may be under the line again. */
export function breachInWords(
  measure: ContentionMeasure,
  sample: ContentionSample,
  policy: ContentionPolicy,
): string {
  const [value, line] = sampleAndLine(measure, sample, policy);
  const said = `${measure.replaceAll('_', ' ')} ${value ?? 'not measured now'}`;
  return isOverLine(measure, policy, sample) === false
    ? `${said}, under its line of ${line} again, and not for long enough yet`
    : `${said}, line ${line}`;
}

function sampleAndLine(
  measure: ContentionMeasure,
  s: ContentionSample,
  policy: ContentionPolicy,
): [value: string | null, line: string] {
  switch (measure) {
    case 'claim_latency':
      return [orNull(s.claimP95Ms, duration), duration(policy.claimP95Ms)];
    case 'locks_lost':
      return [shareOrNull(s.locksLost, s.runningJobs), percent(policy.locksLostBp)];
    case 'stalled_jobs':
      return [shareOrNull(s.stalledJobs, s.startedJobs), percent(policy.stalledBp)];
    case 'event_loop_delay':
      return [orNull(s.eventLoopP99Ms, duration), duration(policy.eventLoopP99Ms)];
    case 'ledger_lag':
      return [orNull(s.ledgerLagMs, duration), duration(policy.ledgerLagMs)];
    case 'redis_memory':
      return [orNull(s.redisMemoryBp, percent), percent(policy.redisMemoryBp)];
  }
}

function orNull(value: number | null, say: (value: number) => string): string | null {
  return value === null ? null : say(value);
}

function shareOrNull(part: number | null, whole: number | null): string | null {
  if (part === null || whole === null) return null;
  return whole === 0 ? `${grouped(part)} of 0` : share(part, whole);
}
