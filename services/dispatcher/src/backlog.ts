/**
 * The limit of jobs that may wait in one workspace, at no cost to those who are far from it.
 *
 * Each known workspace carries an estimate: what was waiting when it was counted last, and what was added
 * since. Only when the estimate reaches the limit are the jobs counted, which is one call for all that a
 * request needs. The estimate cannot see what other dispatchers add until they are counted, so with n
 * dispatchers a backlog may pass its limit by what the others add in between; it is a guard, not a quota.
 */
import type { WorkspaceCounts } from '@fairlead/scheduler';
import type { KnownWorkspace } from './known-workspaces.ts';

export interface BacklogGate {
  /**
   * How many more jobs each workspace may be given now, up to the number wanted. They count as added, whether or
   * not they are: the next count puts that right.
   */
  admit(
    wanted: ReadonlyMap<string, number>,
    known: ReadonlyMap<string, KnownWorkspace>,
  ): Promise<Map<string, number>>;
}

export function createBacklogGate(scheduler: {
  counts(
    workspaces: readonly string[],
  ): Promise<readonly Pick<WorkspaceCounts, 'workspace' | 'waiting' | 'delayed'>[]>;
}): BacklogGate {
  return {
    async admit(wanted, known) {
      const atLimit = [...wanted].filter(([slug, count]) => {
        const workspace = known.get(slug);
        return workspace !== undefined && workspace.backlog + count > workspace.maxBacklog;
      });
      if (atLimit.length > 0) {
        for (const counts of await scheduler.counts(atLimit.map(([slug]) => slug))) {
          const workspace = known.get(counts.workspace);
          if (workspace) workspace.backlog = counts.waiting + counts.delayed;
        }
      }
      const admitted = new Map<string, number>();
      for (const [slug, count] of wanted) {
        const workspace = known.get(slug);
        const room = workspace ? Math.max(0, workspace.maxBacklog - workspace.backlog) : count;
        const granted = Math.min(count, room);
        if (workspace) workspace.backlog += granted;
        admitted.set(slug, granted);
      }
      return admitted;
    },
  };
}
