import type { Jobs } from './jobs.ts';

/** What a job meets on its way through dispatcher and consumer: all that they need of a ledger in normal operation. */
export type JobPath = Pick<
  Jobs,
  'accept' | 'markQueued' | 'relayNow' | 'verdicts' | 'finish' | 'attemptFailed' | 'backlogOf'
>;

/**
 * The empty ledger, for those who run without Postgres: it accepts every job, lets every job run and agrees with every
 * outcome, so that dispatcher and consumer have one code path. It remembers nothing: idempotency keys are not looked
 * at, and what Redis loses is lost.
 */
export function createEmptyJobPath(): JobPath {
  return {
    accept: async (items) => items.map(({ id }) => ({ outcome: 'accepted' as const, id, dueLater: false })),
    markQueued: async (ids) => new Set(ids),
    relayNow: async () => {},
    verdicts: async (ids) => new Map(ids.map((id) => [id, 'run'])),
    finish: async (finishes) => new Set(finishes.map(({ id }) => id)),
    attemptFailed: async () => {},
    backlogOf: async (workspaces) => new Map(workspaces.map((workspace) => [workspace, 0])),
  };
}
