import { type Handled, handle } from '@fairlead/http';
import { ALL_WORKSPACES } from '@fairlead/ledger';
import {
  freezePromotions,
  listOverrides,
  releasePromotions,
  switchDecisionsOff,
  switchDecisionsOn,
} from '../api/overrides.ts';
import type { ControllerApiParts } from '../api-parts.ts';
import { noOrder, noWorkspace } from './absent.ts';
import { presentOrder } from './present.ts';
import type { DecisionReader } from './read-decisions.ts';

/** What operators order besides capacity. */
export function overrideRoutes(
  { ledger: { overrides, workspaces } }: Pick<ControllerApiParts, 'ledger'>,
  reader: DecisionReader,
): Handled[] {
  return [
    handle(listOverrides).by(async () => {
      const [orders, stepTaken] = await Promise.all([
        overrides.list(['pin', 'step', 'freeze', 'switch']),
        reader.stepTaken(),
      ]);
      return { status: 200, body: { overrides: orders.map((order) => presentOrder(order, stepTaken)) } };
    }),
    handle(freezePromotions).by(async ({ body: { workspace, ...terms }, principal }) => {
      // A freeze of a name that was mistyped would look like one.
      if (workspace !== undefined && !(await workspaces.get(workspace))) throw noWorkspace();
      return {
        status: 200,
        body: presentOrder(await overrides.freeze(workspace, termsOf(terms), principal)),
      };
    }),
    handle(releasePromotions).by(async ({ query: { workspace }, principal }) => {
      if (await overrides.release('freeze', workspace ?? ALL_WORKSPACES, principal)) return { status: 204 };
      throw noOrder(
        workspace === undefined ? 'The quotas of all are not frozen.' : 'Its quota is not frozen.',
      );
    }),
    handle(switchDecisionsOff).by(async ({ params: { kind }, body, principal }) => ({
      status: 200,
      body: presentOrder(await overrides.switchOff(kind, termsOf(body), principal)),
    })),
    handle(switchDecisionsOn).by(async ({ params: { kind }, principal }) => {
      if (await overrides.release('switch', kind, principal)) return { status: 204 };
      throw noOrder('Decisions of this kind are on.');
    }),
  ];
}

function termsOf(body: { readonly reason: string; readonly expiresInSeconds?: number | undefined }) {
  const { reason, expiresInSeconds: seconds } = body;
  return { reason, expiresInMs: seconds === undefined ? undefined : seconds * 1_000 };
}
