import { type AutoscalePolicy, DEFAULT_AUTOSCALE_POLICY } from '../autoscale/policy.ts';
import { type BackpressurePolicy, DEFAULT_BACKPRESSURE_POLICY } from '../backpressure/policy.ts';
import { FairleadError } from '../faults.ts';
import { DEFAULT_PROMOTION_POLICY, type PromotionPolicy } from '../promotion/policy.ts';
import { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from '../rollout/policy.ts';
import { canonicalBytes, type Hash } from './canonical.ts';

/** Every number that a decision depends on. A decision names its policy by hash. */
export interface Policy {
  readonly autoscale: AutoscalePolicy;
  readonly promotion: PromotionPolicy;
  readonly backpressure: BackpressurePolicy;
  readonly rollout: RolloutPolicy;
}

export const DEFAULT_POLICY: Policy = {
  autoscale: DEFAULT_AUTOSCALE_POLICY,
  promotion: DEFAULT_PROMOTION_POLICY,
  backpressure: DEFAULT_BACKPRESSURE_POLICY,
  rollout: DEFAULT_ROLLOUT_POLICY,
};

/** The name of a policy: the hash of its canonical bytes. */
export function policyHash(policy: Policy, hash: Hash): string {
  return hash(canonicalBytes(policy));
}

/**
 * A whole policy from a part of one (a file, say): what is not given is as in the default.
 *
 * @throws FairleadError CONFIG_INVALID for a setting that does not exist, is of another type, is not a whole number,
 *   or contradicts another
 */
export function policyFrom(part: unknown): Policy {
  const policy = overlay(DEFAULT_POLICY, part, '') as Policy;
  checkSense(policy);
  return policy;
}

/** Settings whose default is null, and so does not tell their type. */
const NULLABLE = new Set(['/autoscale/cap']);

function overlay(base: unknown, part: unknown, path: string): unknown {
  if (part === undefined) return base;
  if (NULLABLE.has(path)) return part === null ? null : wholeNumber(part, path);
  if (typeof base === 'number') return wholeNumber(part, path);
  if (typeof base === 'boolean') {
    return typeof part === 'boolean' ? part : wrong(path, 'is not true or false');
  }
  if (Array.isArray(base)) {
    if (!Array.isArray(part) || part.length === 0) wrong(path, 'is not a list');
    return (part as unknown[]).map((value, index) => wholeNumber(value, `${path}/${index}`));
  }
  if (typeof part !== 'object' || part === null || Array.isArray(part)) wrong(path, 'is not an object');
  const known = base as Readonly<Record<string, unknown>>;
  const given = part as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given))
    if (!Object.hasOwn(known, key)) wrong(`${path}/${key}`, 'is not a setting');
  return Object.fromEntries(
    Object.entries(known).map(([key, value]) => [
      key,
      overlay(value, Object.hasOwn(given, key) ? given[key] : undefined, `${path}/${key}`),
    ]),
  );
}

/** Up to 10^12: some 30 years in ms, and far from where products of two settings stop being exact. */
function wholeNumber(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1e12) return value;
  return wrong(path, 'is not a whole number from 0 to 10^12');
}

const AT_LEAST_ONE = [
  '/autoscale/floor',
  '/autoscale/rampStep',
  '/autoscale/rampWindowMs',
  '/autoscale/cooldownMs',
  '/autoscale/demandStep',
  '/autoscale/slotsPerReplica',
  '/autoscale/minReplicas',
  '/autoscale/needWindowMs',
  '/autoscale/contention/samplesToBreach',
  '/autoscale/contention/samplesToClear',
  '/promotion/baseQuota',
  '/promotion/windowMs',
  '/promotion/windows',
  '/promotion/minFinished',
  '/promotion/demotionWindowMs',
  '/promotion/demotionWindows',
  '/backpressure/tickMs',
  '/backpressure/clearTicks',
  '/rollout/holdMs',
  '/rollout/minFinished',
];

function checkSense(policy: Policy): void {
  for (const path of AT_LEAST_ONE) {
    const value = path
      .slice(1)
      .split('/')
      .reduce((at: unknown, key) => (at as Record<string, unknown>)[key], policy);
    if (value === 0) wrong(path, 'must be at least 1');
  }
  const { autoscale, promotion, backpressure, rollout } = policy;
  if (autoscale.cap !== null && autoscale.cap < autoscale.floor)
    wrong('/autoscale/cap', 'is below the floor');
  if (autoscale.stepDownToBp >= 10_000) {
    wrong('/autoscale/stepDownToBp', 'would not lower: it must be under 10,000');
  }
  if (promotion.promotedQuota <= promotion.baseQuota) {
    wrong('/promotion/promotedQuota', 'is not more than the base quota');
  }
  if (promotion.demotionFailureBp < promotion.failureBp) {
    wrong('/promotion/demotionFailureBp', 'is less than what still promotes');
  }
  if (backpressure.clearBp > 10_000) wrong('/backpressure/clearBp', 'is more than the line itself (10,000)');
  if (backpressure.softRedisBp > backpressure.hardRedisBp) {
    wrong('/backpressure/softRedisBp', 'is above the hard line');
  }
  const stages = rollout.stagesBp;
  if (stages.some((share, index) => share <= (stages[index - 1] ?? 0)) || stages.at(-1) !== 10_000) {
    wrong('/rollout/stagesBp', 'does not rise to 10,000');
  }
}

function wrong(path: string, what: string): never {
  throw new FairleadError('CONFIG_INVALID', `The policy's ${path === '' ? 'whole' : path} ${what}.`, {
    fix: 'Numbers are whole: jobs, milliseconds or basis points (1 % = 100). Leave a setting out to keep its default.',
  });
}
