import { type Handled, handle, ProblemError, problemError } from '@fairlead/http';
import type { Effect, Effects } from '@fairlead/ledger';
import { NO_EFFECT } from '../api/absent.ts';
import { type EffectAnswer, listEffects, resolveEffect } from '../api/effects.ts';

/** Effects of which nobody knows whether they happened, for who finds out. These need the ledger. */
export function effectRoutes({
  effects,
}: {
  readonly effects: Pick<Effects, 'page' | 'resolve'>;
}): Handled[] {
  return [
    handle(listEffects).by(async ({ params: { workspace }, query: { outcome, cursor, limit } }) => {
      // One more than asked for tells whether there is a next page.
      const found = await effects.page(workspace, outcome, { after: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? page.at(-1)?.effectKey : undefined;
      return { status: 200, body: { effects: page.map(present), nextCursor: nextCursor ?? null } };
    }),
    handle(resolveEffect).by(async ({ params: { workspace }, body, principal }) => {
      const { effectKey, outcome, result } = body;
      const answer = await effects.resolve(
        workspace,
        effectKey,
        outcome === 'done'
          ? { happened: true, resultJson: result === undefined ? undefined : JSON.stringify(result) }
          : { happened: false },
        principal,
      );
      if (answer.outcome === 'not_found') throw problemError(NO_EFFECT);
      if (answer.outcome === 'not_unknown') {
        throw new ProblemError(
          'EFFECT_NOT_UNKNOWN',
          answer.is === 'pending' ? 'An attempt is at it now.' : `It is known: ${answer.is}.`,
        );
      }
      return { status: 200, body: { effectKey, outcome } };
    }),
  ];
}

function present({
  effectKey,
  jobId,
  attempt,
  executions,
  firstAt,
  expiresAt,
  lastAt,
}: Effect): EffectAnswer {
  return {
    effectKey,
    jobId,
    attempt,
    outcome: 'unknown',
    executions,
    firstAt: firstAt.toISOString(),
    unknownSince: (expiresAt ?? lastAt).toISOString(),
  };
}
