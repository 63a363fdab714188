import { type Handled, handle } from '@fairlead/http';
import { getPolicy } from '../api/policy.ts';
import type { ControllerApiParts } from '../api-parts.ts';

/** What this process decides by: in its memory, so that it is told while everything else is away. */
export function policyRoutes({
  policies: { policy: named, withoutPromotion },
  policySource: source,
  leads,
}: Pick<ControllerApiParts, 'policies' | 'policySource' | 'leads'>): Handled[] {
  return [
    handle(getPolicy).by(async () => ({
      status: 200,
      body: {
        hash: named.hash,
        hashWithoutPromotion: withoutPromotion.hash,
        source,
        leads: leads(),
        policy: named.policy,
      },
    })),
  ];
}
