import type { ContentionSample } from '../contention/contention.ts';
import { type Knob, moreOrFewer } from '../decision/knob.ts';
import { basisPoints } from '../decision/rate.ts';
import { count, duration, grouped, points } from '../decision/words.ts';
import type { AutoscalePolicy } from './policy.ts';
import type { AutoscaleSignals } from './signals.ts';

/** Signals of an autoscale decision that might have been otherwise. */
export function autoscaleKnobs(policy: AutoscalePolicy, signals: AutoscaleSignals): Knob<'autoscale'>[] {
  return [
    ...demandKnobs(policy, signals),
    ...failureKnobs(policy, signals),
    ...contentionKnobs(policy, signals),
  ];
}

function demandKnobs(policy: AutoscalePolicy, signals: AutoscaleSignals): Knob<'autoscale'>[] {
  const plain = [
    [
      'activeWorkspaces',
      'active workspace',
      Math.ceil(policy.floor / Math.max(1, policy.perActiveWorkspace)),
    ],
    ['runnable', 'runnable job', policy.rampStep],
    ['backlog', 'waiting job', policy.quotaBoundBacklog],
  ] as const;
  return plain.flatMap(([signal, noun, scale]) => {
    const value = signals[signal];
    if (value === null) return [];
    const words = (to: number) => {
      const by = Math.abs(to - value);
      return `${grouped(by)} ${moreOrFewer(value, to)} ${by === 1 ? noun : `${noun}s`}`;
    };
    return [
      { signal, value, min: 0, max: 1e6, scale, words, set: (to: number) => ({ ...signals, [signal]: to }) },
    ];
  });
}

function failureKnobs(policy: AutoscalePolicy, signals: AutoscaleSignals): Knob<'autoscale'>[] {
  const { dead, finished } = signals;
  if (dead === null || finished === null || finished === 0) return [];
  const words = (to: number) =>
    `${points(Math.abs(basisPoints(to, finished) - basisPoints(dead, finished)))} ${moreOrFewer(dead, to)} failures (${count(
      Math.abs(to - dead),
      'dead job',
    )})`;
  const scale = Math.ceil((finished * policy.failureBreachBp) / 10_000);
  const set = (to: number) => ({ ...signals, dead: to });
  return [{ signal: 'dead', value: dead, min: 0, max: finished, scale, words, set }];
}

function contentionKnobs(policy: AutoscalePolicy, signals: AutoscaleSignals): Knob<'autoscale'>[] {
  const sample = signals.contention;
  const lines = policy.contention;
  const one = (
    signal: keyof ContentionSample,
    name: string,
    scale: number,
    max: number,
    unit: (by: number) => string,
  ) => {
    const value = sample[signal];
    if (value === null) return [];
    const words = (to: number) => `${unit(Math.abs(to - value))} ${to > value ? 'more' : 'less'} ${name}`;
    const set = (to: number) => ({ ...signals, contention: { ...sample, [signal]: to } });
    return [{ signal: `contention.${signal}`, value, min: 0, max, scale, words, set }];
  };
  return [
    ...one('claimP95Ms', 'claim latency', lines.claimP95Ms, 1e6, duration),
    ...one('eventLoopP99Ms', 'event-loop delay', lines.eventLoopP99Ms, 1e6, duration),
    ...one('ledgerLagMs', 'ledger lag', lines.ledgerLagMs, 1e9, duration),
    ...one('redisMemoryBp', 'Redis memory', lines.redisMemoryBp, 10_000, points),
  ];
}
