import { type Knob, moreOrFewer } from '../decision/knob.ts';
import { basisPoints } from '../decision/rate.ts';
import { count, duration, points } from '../decision/words.ts';
import type { RolloutPolicy } from './policy.ts';
import type { CohortCounts, RolloutSignals } from './signals.ts';

/** Signals of a rollout decision that might have been otherwise. */
export function rolloutKnobs(policy: RolloutPolicy, signals: RolloutSignals): Knob<'rollout'>[] {
  const { finished, dead, enqueues, enqueueFailures, queueAgeP95Ms } = signals.cohort;
  const change = (part: Partial<CohortCounts>): RolloutSignals => ({
    ...signals,
    cohort: { ...signals.cohort, ...part },
  });
  const knobs: Knob<'rollout'>[] = [];
  const add = (
    signal: keyof CohortCounts,
    value: number | null,
    max: number,
    scale: number,
    words: Knob<'rollout'>['words'],
  ) => {
    if (value === null) return;
    const set = (to: number) => change({ [signal]: to });
    knobs.push({ signal: `cohort.${signal}`, value, min: 0, max, scale: Math.max(1, scale), set, words });
  };
  if (finished !== null && dead !== null) {
    add('dead', dead, finished, Math.ceil((finished * policy.stopFailurePointsBp) / 10_000), (to) => {
      const by = Math.abs(basisPoints(to, finished) - basisPoints(dead, finished));
      return `${points(by)} ${moreOrFewer(dead, to)} failures (${count(Math.abs(to - dead), 'dead job')})`;
    });
    add('finished', finished, 1e9, policy.minFinished, (to) => {
      const by = Math.abs(to - finished);
      return `${by} ${moreOrFewer(finished, to)} finished ${by === 1 ? 'job' : 'jobs'} in the cohort`;
    });
  }
  add('enqueueFailures', enqueueFailures, enqueues ?? 0, policy.stopEnqueueFailures, (to) => {
    const by = Math.abs(to - (enqueueFailures ?? 0));
    return `${by} ${moreOrFewer(enqueueFailures ?? 0, to)} failed ${by === 1 ? 'enqueue' : 'enqueues'}`;
  });
  add('queueAgeP95Ms', queueAgeP95Ms, 1e9, policy.stopQueueAgeMs, (to) => {
    const age = queueAgeP95Ms ?? 0;
    return `${duration(Math.abs(to - age))} ${to > age ? 'more' : 'less'} queue age (p95) in the cohort`;
  });
  return knobs;
}
