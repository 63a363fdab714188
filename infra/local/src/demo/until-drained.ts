import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkspaceProgress } from './progress.ts';

export interface DrainOptions {
  /** The latest counts; called again and again. */
  readonly look: () => Promise<WorkspaceProgress[]>;
  readonly onLook: (now: WorkspaceProgress[]) => void;
  /** Whether everything was handed in, so that an empty backlog is the end. */
  readonly allHandedIn: () => boolean;
  readonly everyMs: number;
  /** Gives up when no job was finished for so long. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Watches until nothing waits or runs any more. A look that fails is no end: the dispatcher may be restarting.
 */
export async function untilDrained(options: DrainOptions): Promise<'drained' | 'stuck'> {
  let finishedBefore = -1;
  let movedMs = performance.now();
  for (;;) {
    const now = await options.look().catch(() => undefined);
    options.signal.throwIfAborted();
    if (now !== undefined) {
      options.onLook(now);
      const finished = now.reduce((sum, { completed, dead }) => sum + completed + dead, 0);
      const open = now.reduce((sum, { waiting, active, delayed }) => sum + waiting + active + delayed, 0);
      if (options.allHandedIn() && open === 0 && now.length > 0) return 'drained';
      if (finished !== finishedBefore || !options.allHandedIn()) movedMs = performance.now();
      finishedBefore = finished;
    }
    if (performance.now() - movedMs > options.patienceMs) return 'stuck';
    await sleep(options.everyMs, undefined, { signal: options.signal });
  }
}
