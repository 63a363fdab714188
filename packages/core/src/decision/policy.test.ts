import { expect, test } from '@jest/globals';
import { sha256 } from '../../test/engine/builders.ts';
import { DEFAULT_POLICY, policyFrom, policyHash } from './policy.ts';

test('what is not given is as in the default', () => {
  expect(policyFrom({})).toEqual(DEFAULT_POLICY);
  const policy = policyFrom({
    autoscale: { cap: 4_096, contention: { claimP95Ms: 80 } },
    promotion: { enabled: false },
  });
  expect(policy.autoscale).toMatchObject({
    cap: 4_096,
    floor: 1_024,
    contention: { claimP95Ms: 80, ledgerLagMs: 30_000 },
  });
  expect(policy.promotion).toMatchObject({ enabled: false, windows: 4 });
});

test('a policy is named by its content', () => {
  expect(policyHash(policyFrom({}), sha256)).toBe(policyHash(DEFAULT_POLICY, sha256));
  expect(policyHash(policyFrom({ autoscale: { floor: 1 } }), sha256)).not.toBe(
    policyHash(DEFAULT_POLICY, sha256),
  );
});

test.each([
  [{ autoscal: {} }, '/autoscal is not a setting'],
  [{ autoscale: { flor: 1 } }, '/autoscale/flor is not a setting'],
  [{ autoscale: { __proto__x: 1 } }, '/autoscale/__proto__x is not a setting'],
  [{ autoscale: { floor: 1.5 } }, '/autoscale/floor is not a whole number'],
  [{ autoscale: { floor: -1 } }, '/autoscale/floor is not a whole number'],
  [{ autoscale: { floor: '1' } }, '/autoscale/floor is not a whole number'],
  [{ autoscale: { floor: 0 } }, '/autoscale/floor must be at least 1'],
  [{ autoscale: { cap: 1 } }, '/autoscale/cap is below the floor'],
  [{ autoscale: { stepDownToBp: 10_000 } }, '/autoscale/stepDownToBp would not lower'],
  [{ autoscale: null }, '/autoscale is not an object'],
  [{ promotion: { enabled: 1 } }, '/promotion/enabled is not true or false'],
  [{ promotion: { promotedQuota: 64 } }, '/promotion/promotedQuota is not more than'],
  [{ promotion: { demotionFailureBp: 10 } }, '/promotion/demotionFailureBp is less than'],
  [{ backpressure: { clearBp: 10_001 } }, '/backpressure/clearBp is more than'],
  [{ backpressure: { softRedisBp: 9_000 } }, '/backpressure/softRedisBp is above'],
  [{ rollout: { stagesBp: [500, 500, 10_000] } }, '/rollout/stagesBp does not rise'],
  [{ rollout: { stagesBp: [500] } }, '/rollout/stagesBp does not rise'],
  [{ rollout: { stagesBp: [] } }, '/rollout/stagesBp is not a list'],
  [7, 'whole is not an object'],
])('%j is refused with where and why', (part, message) => {
  expect(() => policyFrom(part)).toThrow(message);
});
