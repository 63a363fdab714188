/** How windows are dispatched, as operators have switched it and as far as the rollout of `dispatch-queue` has come. */
import type { DispatcherSwitches } from '../flags.ts';
import { type FeatureRollouts, includes } from '../rollouts.ts';

export type Route = 'queue' | 'inline';

export interface DispatchSwitches {
  /**
   * The way of each workspace's jobs.
   *
   * While `dispatch-queue` is rolled out, its cohort goes through the queue and the others run inline; when that is over,
   * all or none do. A switch that was set after the end goes before it: it is the later word. Without a rollout the
   * switch decides, and so it does at a dispatcher that can run nothing inline.
   *
   * @throws FairleadError LEDGER_UNAVAILABLE
   */
  routes(): Promise<(workspace: string) => Route>;
  /**
   * Whether a window that cannot be enqueued runs inline, and until when it would. Asks Postgres each time: the moment at
   * which it ends is the promise.
   *
   * @throws FairleadError LEDGER_UNAVAILABLE
   */
  fallback(): Promise<{ readonly endsAt: Date | undefined } | undefined>;
}

export interface DispatchSwitchesParts {
  readonly flags: DispatcherSwitches;
  readonly rollouts: Pick<FeatureRollouts, 'of'>;
  readonly canRunInline: boolean;
}

export function createDispatchSwitches(parts: DispatchSwitchesParts): DispatchSwitches {
  const { flags, rollouts, canRunInline } = parts;

  async function record(name: string) {
    return (await flags.list()).find((flag) => flag.name === name);
  }

  async function setAfter(end: Date | null): Promise<boolean> {
    if (end === null) return false;
    const { source, updatedAt } = (await record('dispatch-mode')) ?? {};
    return source === 'set' && updatedAt !== undefined && updatedAt > end;
  }

  return {
    async routes() {
      const rollout = rollouts.of('dispatch-queue');
      if (rollout === undefined || !canRunInline || (await setAfter(rollout.endedAt))) {
        const route = (await flags.read())['dispatch-mode'] === 'inline' ? 'inline' : 'queue';
        return () => route;
      }
      return (workspace) => (includes(rollout, workspace) ? 'queue' : 'inline');
    },
    async fallback() {
      const flag = await record('dispatch-fallback');
      return flag?.value === true ? { endsAt: flag.expiresAt } : undefined;
    },
  };
}
