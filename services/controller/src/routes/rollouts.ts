import { type Handled, handle, ProblemError } from '@fairlead/http';
import type { Rollout } from '@fairlead/ledger';
import {
  createRollout,
  getRollout,
  listRollouts,
  orderRollout,
  type RolloutAnswer,
} from '../api/rollouts.ts';
import type { ControllerApiParts } from '../api-parts.ts';
import { noRollout } from './absent.ts';
import { orTime } from './present.ts';
import type { DecisionReader } from './read-decisions.ts';

/** Changes on their way to all workspaces. What becomes of an order, the next tick decides. */
export function rolloutRoutes(
  { ledger: { rollouts } }: Pick<ControllerApiParts, 'ledger'>,
  reader: DecisionReader,
): Handled[] {
  return [
    handle(listRollouts).by(async () => ({
      status: 200,
      body: { rollouts: (await rollouts.list()).map(present) },
    })),
    handle(createRollout).by(async ({ body, principal }) => {
      const answer = await rollouts.create(body, principal);
      if (answer.outcome === 'created') return { status: 201, body: present(answer.rollout) };
      if (answer.outcome === 'name_taken') {
        throw new ProblemError('ROLLOUT_EXISTS', 'There is a rollout of this name already.', {
          fix: 'Names are not used twice, so that the decisions about each stay its own: take another.',
        });
      }
      throw new ProblemError(
        'FEATURE_BUSY',
        `Another rollout of this feature is not over: ${answer.rollout}.`,
        {
          fix: `Wait until it is over, or end it: fairlead rollout abort ${answer.rollout}.`,
        },
      );
    }),
    handle(getRollout).by(async ({ params: { name } }) => {
      const [found, last] = await Promise.all([rollouts.get(name), reader.last('rollout', name)]);
      if (found === undefined) throw noRollout();
      const { decisions } = await reader.present(last === undefined ? [] : [last]);
      const stages = found.stages.map(({ stage, shareBp, startedAt, endedAt, outcome, cohortFinished }) => ({
        ...{ stage, shareBp, outcome, cohortFinished },
        startedAt: startedAt.toISOString(),
        endedAt: orTime(endedAt),
      }));
      return { status: 200, body: { ...present(found), stages, decision: decisions[0] ?? null } };
    }),
    handle(orderRollout).by(async ({ params: { name, order }, principal }) => {
      const answer = await rollouts.order(name, order, principal);
      const found = await rollouts.get(name);
      if (answer.outcome === 'unknown' || found === undefined) throw noRollout();
      if (answer.outcome === 'ordered') return { status: 202, body: present(found) };
      throw answer.pending === undefined
        ? new ProblemError(
            'ROLLOUT_REFUSED',
            `The rollout is ${answer.status}, and does not take this order.`,
            {
              fix: 'fairlead rollout status shows how it stands.',
            },
          )
        : new ProblemError('ROLLOUT_REFUSED', `No tick has taken its last order yet: ${answer.pending}.`, {
            fix: 'Wait for the next tick. Only an abort overtakes another order.',
          });
    }),
  ];
}

function present(rollout: Rollout): RolloutAnswer {
  const { name, feature, status, stage, shareBp, order, orderedBy, orderNumber, orderTaken } = rollout;
  return {
    ...{ name, feature, status, stage, shareBp },
    order: order === null ? null : { order, actor: orderedBy ?? '', isTaken: orderTaken === orderNumber },
    createdAt: rollout.createdAt.toISOString(),
    createdBy: rollout.createdBy,
    endedAt: orTime(rollout.endedAt),
  };
}
