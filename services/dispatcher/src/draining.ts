/**
 * Which workspaces are draining: all dispatchers ask every second, so that a drain holds everywhere within that time,
 * and at the dispatcher that began it from its answer on.
 *
 * While Postgres is away, what was known last holds.
 */
import type { Loop } from '@fairlead/http';
import type { Workspaces } from '@fairlead/ledger';
import type { KnownWorkspaces } from './known-workspaces.ts';
import { createLoop, type LoopParts } from './loop.ts';

export interface DrainWatchParts {
  readonly ledger: Pick<Workspaces, 'draining'>;
  readonly known: Pick<KnownWorkspaces, 'learnDraining'>;
  readonly logger: LoopParts['logger'];
  readonly everyMs?: number;
}

export interface DrainWatch extends Loop {
  /** A drain began or ended here: what was asked before does not know of it. */
  changed(): void;
}

const EVERY_MS = 1_000;

export function createDrainWatch({ ledger, known, logger, everyMs = EVERY_MS }: DrainWatchParts): DrainWatch {
  let changes = 0;
  let anybody = false;

  const loop = createLoop({
    everyMs,
    logger,
    what: 'reading which workspaces are draining',
    async round() {
      const before = changes;
      const slugs = new Set(await ledger.draining());
      if (changes !== before) return 'again';
      // Nearly always nobody is, as before: then there is nothing to go through.
      if (anybody || slugs.size > 0) known.learnDraining(slugs);
      anybody = slugs.size > 0;
      return 'wait';
    },
  });
  return {
    ...loop,
    changed() {
      changes++;
      anybody = true;
    },
  };
}
