import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';

export interface Seen {
  /** Jobs that wait, run or are delayed. */
  readonly open: number;
  readonly weights: ReadonlyMap<string, number>;
}

const LOOK_EVERY_MS = 1_000;
const PAGE = 500;

/**
 * Looks at the workspaces until they have no job left that waits or runs. What was accepted and is on its way to Redis
 * nobody counts: that all is done, the jobs themselves must say.
 *
 * @param patienceMs ends when nothing has changed for so long
 */
export async function untilDone(
  context: Pick<Context, 'ask' | 'signal'>,
  workspaces: ReadonlySet<string>,
  patienceMs: number,
  tell: (words: string) => void,
): Promise<{ readonly outcome: 'done' | 'stuck'; readonly seen: Seen }> {
  let openBefore = Number.NaN;
  let movedMs = performance.now();
  for (;;) {
    const seen = await look(context, workspaces);
    if (seen.open === 0) return { outcome: 'done', seen };
    tell(`all handed in; ${seen.open} wait or run`);
    if (seen.open !== openBefore) movedMs = performance.now();
    else if (performance.now() - movedMs > patienceMs) return { outcome: 'stuck', seen };
    openBefore = seen.open;
    await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal });
  }
}

async function look({ ask }: Pick<Context, 'ask'>, workspaces: ReadonlySet<string>): Promise<Seen> {
  let open = 0;
  const weights = new Map<string, number>();
  let cursor: string | null = null;
  do {
    const from: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await ask((api) => api.listWorkspaces({ limit: PAGE, ...from }));
    for (const { name, counts, settings } of page.workspaces) {
      if (!workspaces.has(name)) continue;
      open += counts.waiting + counts.active + counts.delayed;
      weights.set(name, settings.weight);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { open, weights };
}
