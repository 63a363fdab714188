import type { DrillSignal } from '@fairlead/core';
import { type Handled, handle, ProblemError } from '@fairlead/http';
import type { OverrideRecord } from '@fairlead/ledger';
import { type DrillAnswer, listDrills, startDrill, stopDrill } from '../api/drills.ts';
import type { ControllerApiParts } from '../api-parts.ts';
import { noDrill } from './absent.ts';

/** Exercises. Ending one is always allowed. */
export function drillRoutes({
  ledger: { overrides },
  drills,
}: Pick<ControllerApiParts, 'ledger' | 'drills'>): Handled[] {
  return [
    handle(startDrill).by(async ({ body: { signal, value, reason, expiresInSeconds }, principal }) => {
      if (drills === 'off') {
        throw new ProblemError('DRILLS_OFF', 'This controller does not allow exercises.', {
          fix: 'Start the controllers with FAIRLEAD_DRILL=on, in a cluster where an exercise may cost capacity.',
        });
      }
      const terms = { reason, expiresInMs: expiresInSeconds * 1_000 };
      return { status: 201, body: present(await overrides.drill(signal, value, terms, principal)) };
    }),
    handle(listDrills).by(async () => {
      const inForce = (await overrides.list(['drill'])).filter(({ isInForce }) => isInForce);
      return { status: 200, body: { drills: inForce.map(present), areAllowed: drills === 'on' } };
    }),
    handle(stopDrill).by(async ({ params: { name }, principal }) => {
      if (await overrides.release('drill', name, principal)) return { status: 204 };
      throw noDrill();
    }),
  ];
}

function present({ subject, value, actor, reason, orderedAt, expiresAt }: OverrideRecord): DrillAnswer {
  return {
    signal: subject as DrillSignal,
    value,
    actor,
    reason,
    startedAt: orderedAt.toISOString(),
    // A drill without an end is not stored.
    endsAt: (expiresAt as Date).toISOString(),
  };
}
