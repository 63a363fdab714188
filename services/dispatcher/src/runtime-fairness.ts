/**
 * The rollout of `fairness-runtime`: workspaces in its cohort are served by run time, whatever their setting says.
 *
 * Settings are brought to Redis with the cohort worked in, whoever brings them. When the cohort changes, those who come
 * into it or leave it are brought again: first those with work, whose backlog is to feel it at once, then the others.
 * All dispatchers do so; each heals what it wrote itself before it had heard of the change.
 */
import type { WorkspaceConfig } from '@fairlead/core';
import type { DecidingRollout, WorkspaceRecord, Workspaces } from '@fairlead/ledger';
import type { Scheduler } from '@fairlead/scheduler';
import type { LoopParts } from './loop.ts';
import { type FeatureRollouts, includes } from './rollouts.ts';
import type { SettingsSync } from './settings-sync.ts';

export interface RuntimeFairnessParts {
  readonly rollouts: Pick<FeatureRollouts, 'of' | 'onRead'>;
  readonly scheduler: Pick<Scheduler, 'activeWorkspaces'>;
  readonly ledger: Pick<Workspaces, 'ensure' | 'list'>;
  readonly sync: Pick<SettingsSync, 'push'>;
  readonly logger: LoopParts['logger'];
}

/** What is shared in proportion to the weights in this workspace. */
export function fairnessOf(
  { slug, settings }: Pick<WorkspaceRecord, 'slug' | 'settings'>,
  rollouts: Pick<FeatureRollouts, 'of'>,
): WorkspaceConfig['fairness'] {
  return includes(rollouts.of('fairness-runtime'), slug) ? 'runtime' : settings.fairness;
}

/** Those beyond it feel a change some seconds later. */
const ACTIVE_AT_ONCE = 10_000;
const PAGE = 500;

type Cohort = Pick<DecidingRollout, 'name' | 'shareBp'> | undefined;

/** Follows the rollout from the first reading on; what fails is tried again after the next one. */
export function followRuntimeFairness(parts: RuntimeFairnessParts): void {
  const { rollouts, scheduler, ledger, sync, logger } = parts;
  /** Cohorts that some workspace in Redis may still be in; only the last one: all is settled. */
  let written: Cohort[] | undefined;
  let settling = false;

  const current = () => rollouts.of('fairness-runtime');
  const isSettled = () => written?.length === 1 && isSame(written[0], current());

  async function pushMoved(records: readonly WorkspaceRecord[], to: Cohort): Promise<void> {
    const moved = records.filter(({ slug }) =>
      written?.some((cohort) => includes(cohort, slug) !== includes(to, slug)),
    );
    if (moved.length > 0) await sync.push(moved);
  }

  /** False when the cohort changed meanwhile. */
  async function settle(to: Cohort): Promise<boolean> {
    written = [...(written ?? []), to];
    const active = await scheduler.activeWorkspaces(ACTIVE_AT_ONCE);
    for (let from = 0; from < active.length; from += PAGE) {
      if (!isSame(to, current())) return false;
      await pushMoved(await ledger.ensure(active.slice(from, from + PAGE)), to);
    }
    for (let after: string | undefined; ; ) {
      if (!isSame(to, current())) return false;
      const page = await ledger.list({ after, limit: PAGE });
      await pushMoved(page, to);
      after = page.at(-1)?.slug;
      if (page.length < PAGE) break;
    }
    written = [to];
    return true;
  }

  async function settleAll(): Promise<void> {
    if (settling) return;
    settling = true;
    try {
      while (!isSettled()) {
        const to = current();
        if (await settle(to))
          logger.info({ rollout: to?.name, shareBp: to?.shareBp }, 'run-time fairness follows its rollout');
      }
    } catch (error) {
      logger.warn(
        { reason: (error as Error).message },
        'run-time fairness cannot follow its rollout; trying again',
      );
    } finally {
      settling = false;
    }
  }

  rollouts.onRead(() => {
    // All settings are brought after a dispatcher's start, from this reading on.
    written ??= [current()];
    if (!isSettled()) void settleAll();
  });
}

function isSame(a: Cohort, b: Cohort): boolean {
  return a?.name === b?.name && a?.shareBp === b?.shareBp;
}
