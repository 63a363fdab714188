import { type Knob, moreOrFewer } from '../decision/knob.ts';
import { duration, grouped, points } from '../decision/words.ts';
import type { BackpressurePolicy } from './policy.ts';
import type { BackpressureSignals } from './signals.ts';

/** Signals of a backpressure decision that might have been otherwise. */
export function backpressureKnobs(
  policy: BackpressurePolicy,
  signals: BackpressureSignals,
): Knob<'backpressure'>[] {
  const knobs: Knob<'backpressure'>[] = [];
  if (signals.scope === 'cluster') {
    const memory = signals.redisMemoryBp;
    if (memory === null) return knobs;
    knobs.push({
      signal: 'redisMemoryBp',
      value: memory,
      min: 0,
      max: 10_000,
      scale: Math.max(1, policy.softRedisBp),
      set: (redisMemoryBp) => ({ ...signals, redisMemoryBp }),
      words: (to) => `${points(Math.abs(to - memory))} ${to > memory ? 'more' : 'less'} Redis memory`,
    });
    return knobs;
  }
  const { backlog, maxBacklog, oldestRunnableMs: oldest } = signals;
  if (backlog !== null && maxBacklog !== null) {
    knobs.push({
      signal: 'backlog',
      value: backlog,
      min: 0,
      max: Math.max(backlog, maxBacklog),
      scale: Math.max(1, maxBacklog),
      set: (to) => ({ ...signals, backlog: to }),
      words: (to) => {
        const by = Math.abs(to - backlog);
        return `${grouped(by)} ${moreOrFewer(backlog, to)} waiting ${by === 1 ? 'job' : 'jobs'}`;
      },
    });
  }
  if (oldest !== null) {
    knobs.push({
      signal: 'oldestRunnableMs',
      value: oldest,
      min: 0,
      max: 1e9,
      scale: Math.max(1, policy.softOldestMs),
      set: (to) => ({ ...signals, oldestRunnableMs: to }),
      words: (to) =>
        `${duration(Math.abs(to - oldest))} ${to > oldest ? 'more' : 'less'} waiting of the oldest job`,
    });
  }
  return knobs;
}
