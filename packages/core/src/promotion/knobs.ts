import { type Knob, moreOrFewer } from '../decision/knob.ts';
import { basisPoints } from '../decision/rate.ts';
import { count, duration, points } from '../decision/words.ts';
import type { PromotionPolicy } from './policy.ts';
import type { PromotionSignals, PromotionWindow } from './signals.ts';

/** Signals of a promotion decision that might have been otherwise. */
export function promotionKnobs(
  policy: PromotionPolicy,
  signals: PromotionSignals,
  promoted: boolean,
): Knob<'promotion'>[] {
  // Eligibility and freezes are orders, not measurements: they are not offered.
  return signals.window ? windowKnobs(policy, signals, signals.window, promoted) : [];
}

function windowKnobs(
  policy: PromotionPolicy,
  signals: PromotionSignals,
  window: PromotionWindow,
  promoted: boolean,
): Knob<'promotion'>[] {
  const change = (part: Partial<PromotionWindow>): PromotionSignals => ({
    ...signals,
    window: { ...window, ...part },
  });
  const lineBp = promoted ? policy.demotionFailureBp : policy.failureBp;
  const knobs: Knob<'promotion'>[] = [
    {
      signal: 'window.dead',
      value: window.dead,
      min: 0,
      max: window.finished,
      scale: Math.max(1, Math.ceil((window.finished * lineBp) / 10_000)),
      set: (dead) => change({ dead }),
      words: (dead) =>
        `${points(
          Math.abs(basisPoints(dead, window.finished) - basisPoints(window.dead, window.finished)),
        )} ${moreOrFewer(window.dead, dead)} failures (${count(Math.abs(dead - window.dead), 'dead job')})`,
    },
    {
      signal: 'window.finished',
      value: window.finished,
      min: window.dead,
      max: 1e9,
      scale: policy.minFinished,
      set: (finished) => change({ finished }),
      words: (to) => {
        const by = Math.abs(to - window.finished);
        return `${by} ${moreOrFewer(window.finished, to)} finished ${by === 1 ? 'job' : 'jobs'}`;
      },
    },
  ];
  const twice = window.duplicates;
  if (twice !== null) {
    knobs.push({
      signal: 'window.duplicates',
      value: twice,
      min: 0,
      max: twice + 1,
      scale: 1,
      set: (duplicates) => change({ duplicates }),
      words: (to) => `${count(Math.abs(to - twice), 'duplicate send')} ${to > twice ? 'more' : 'fewer'}`,
    });
  }
  const age = window.queueAgeP95Ms;
  if (age !== null && window.queueAgeSamples > 0) {
    knobs.push({
      signal: 'window.queueAgeP95Ms',
      value: age,
      min: 0,
      max: 1e9,
      scale: Math.max(1, policy.queueAgeP95Ms),
      set: (queueAgeP95Ms) => change({ queueAgeP95Ms }),
      words: (to) => `${duration(Math.abs(to - age))} ${to > age ? 'more' : 'less'} queue age (p95)`,
    });
  }
  if (window.contention !== 'unknown') {
    knobs.push({
      signal: 'window.contention',
      value: window.contention === 'breach' ? 1 : 0,
      min: 0,
      max: 1,
      scale: 1,
      set: (to) => change({ contention: to === 1 ? 'breach' : 'ok' }),
      words: (to) => (to === 1 ? 'contention in the cluster' : 'no contention in the cluster'),
    });
  }
  return knobs;
}
