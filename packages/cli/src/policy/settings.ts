/** The settings of a policy, for people: what each is for, and its value in units that are read at a glance. */
import { DEFAULT_POLICY, type Policy } from '@fairlead/core';
import { duration } from '../output/time.ts';

type Value = number | boolean | null | readonly number[];

/** A text for every setting: one that is missing does not compile. */
type Texts<T> = { readonly [K in keyof T]: T[K] extends Value ? string : Texts<T[K]> };

const ABOUT: Texts<Policy> = {
  autoscale: {
    floor: 'jobs at once; only a pin goes below',
    cap: 'jobs at once; nothing goes above',
    perActiveWorkspace: 'jobs at once that an active workspace asks for',
    rampStep: 'jobs at once; the largest raise …',
    rampWindowMs: '… in this time',
    stepDownToBp: 'of capacity is left after a guardrail step …',
    cooldownMs: '… of which there is one in this time',
    demandStableMs: 'demand is lower for so long before capacity follows …',
    demandStep: '… by so many jobs at once a ramp window',
    quotaBoundBacklog: 'waiting jobs, none of which could start: more capacity is no use',
    slotsPerReplica: 'jobs at once in one replica',
    minReplicas: 'replicas, at least',
    needWindowMs: 'replicas are enough for the largest need of this time',
    failureBreachBp: 'of jobs ending dead is a breach …',
    failureWindowMs: '… counted over this time …',
    failureMinFinished: '… and from so many finished jobs on',
    contention: {
      claimP95Ms: 'p95 of a claim: over this is contention',
      locksLostBp: 'of running jobs lost their lock',
      stalledBp: 'of started jobs stalled',
      eventLoopP99Ms: 'p99 of the event-loop delay of the worst replica',
      ledgerLagMs: 'the ledger is behind',
      redisMemoryBp: 'of maxmemory in use on the worst shard',
      samplesToBreach: 'samples in a row over a line make a breach',
      samplesToClear: 'samples in a row under it end one',
    },
  },
  promotion: {
    enabled: 'off: every workspace keeps what it has',
    baseQuota: 'jobs at once of a workspace that is not promoted',
    promotedQuota: 'jobs at once of one that is',
    windowMs: 'a promotion window',
    windows: 'healthy windows in a row promote',
    queueAgeP95Ms: 'healthy: p95 of queue age is under this',
    failureBp: 'healthy: fewer jobs than this end dead',
    minFinished: 'finished jobs that a window is judged from',
    demotionWindowMs: 'a demotion window',
    demotionWindows: 'bad windows in a row demote',
    demotionFailureBp: 'bad: so many jobs end dead',
    demotionMinFinished: 'finished jobs from which that is judged',
    requalifyMs: 'nothing counts for so long after a demotion',
  },
  backpressure: {
    tickMs: 'between two decisions: when to come again is told by it',
    softBacklogBp: 'of maxBacklog waiting is soft; all of it is hard',
    softOldestMs: 'the oldest runnable job waits longer: soft',
    softRedisBp: 'of Redis memory in use is soft …',
    hardRedisBp: '… and this is hard',
    clearBp: 'of its line: everything is under it …',
    clearTicks: '… for so many ticks, and a level ends',
  },
  rollout: {
    stagesBp: 'of workspaces have the change, stage by stage',
    holdMs: 'a stage is held …',
    minFinished: '… and has so many finished jobs before it passes',
    stopEnqueueFailureBp: 'of enqueues failing stops …',
    stopEnqueueFailures: '… from so many on',
    stopQueueAgeMs: 'p95 of queue age over this stops …',
    stopQueueAgeTimes: '… when it is over so many times that of the rest',
    stopFailurePointsBp: 'more jobs ending dead than of the rest stops',
    stopMinFinished: 'finished jobs below which failures and queue age stop nothing',
  },
};

export interface Setting {
  /** With dots, like `promotion.windows`. */
  readonly name: string;
  readonly value: Value;
  readonly initial: Value;
  readonly about: string;
}

/** All settings of a policy, in its order. */
export function settingsOf(policy: Policy): Setting[] {
  return walk([], policy, DEFAULT_POLICY, ABOUT);
}

/** Those that are not as in the default. */
export function changedSettings(policy: Policy): Setting[] {
  return settingsOf(policy).filter(isChanged);
}

export function isChanged({ value, initial }: Setting): boolean {
  return String(value) !== String(initial);
}

/** 300000 of `rampWindowMs` → "5m"; 50 of `failureBp` → "0.5 %"; others are counts. */
export function readable(name: string, value: Value): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.map((one) => readable(name, one)).join(', ');
  const number = value as number;
  if (name.endsWith('Ms')) return duration(number);
  if (name.endsWith('PointsBp')) return `${number / 100} points`;
  return name.endsWith('Bp') ? `${number / 100} %` : number.toLocaleString('en');
}

function walk(path: readonly string[], policy: object, initial: object, about: object): Setting[] {
  return Object.entries(policy).flatMap(([key, value]) => {
    const name = [...path, key];
    const [initialValue, text] = [initial[key as never] as Value, about[key as never] as object | string];
    return typeof text === 'string'
      ? { name: name.join('.'), value, initial: initialValue, about: text }
      : walk(name, value, initialValue as object, text);
  });
}
