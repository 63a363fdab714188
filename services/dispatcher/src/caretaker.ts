/**
 * Keeps the scheduler's settings in place, once a second.
 *
 *     start ──▶ push all settings ──▶ watch ──no generation──▶ push all settings, write the generation
 *                                       ▲ └──failed before──▶ push those again
 *
 * A Redis without a generation is new, flushed or replaced: replicas claim nothing from it until all
 * settings are back, so that no quota is broken meanwhile. The first push heals what a dispatcher stored
 * and could not tell Redis of before it ended. When something is away, the next second tries again.
 */
import { FairleadError } from '@fairlead/core';
import { createBackgroundLoop, type Loop, ProblemError } from '@fairlead/http';
import type { SettingsSync } from './settings-sync.ts';

export interface CaretakerParts {
  readonly scheduler: { hasGeneration(): Promise<boolean>; writeGeneration(): Promise<void> };
  readonly sync: Pick<SettingsSync, 'retry'>;
  /** Pushes the settings of all workspaces and gives their number. */
  readonly pushAll: () => Promise<number>;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly onRestored: () => void;
  readonly everyMs?: number;
}

export interface Caretaker extends Loop {
  /** Resolves while the settings are in place. @throws ProblemError NOT_READY with what is missing */
  ready(): Promise<void>;
}

const EVERY_MS = 1_000;

export function createCaretaker(parts: CaretakerParts): Caretaker {
  const { scheduler, sync, pushAll, logger, onRestored, everyMs = EVERY_MS } = parts;
  let state: 'starting' | 'in place' | 'missing' = 'starting';
  let complaint = '';

  async function round(): Promise<void> {
    if (!(await scheduler.hasGeneration())) {
      if (state === 'in place') state = 'missing';
      const workspaces = await pushAll();
      await scheduler.writeGeneration();
      onRestored();
      logger.info({ workspaces }, 'Redis had no generation: it has the settings of all workspaces now');
    } else if (state === 'starting') {
      await pushAll();
    } else {
      await sync.retry();
    }
    state = 'in place';
  }

  /** Says once that it fails, and once that it works again. */
  function tell(error: unknown): void {
    const message = error === undefined ? '' : error instanceof FairleadError ? error.code : String(error);
    if (message === complaint) return;
    if (message === '') logger.info({}, 'settings reach Redis again');
    else
      logger.warn(
        { reason: error instanceof Error ? error.message : message },
        'settings cannot be brought to Redis; trying again',
      );
    complaint = message;
  }

  const loop = createBackgroundLoop(async () => {
    tell(
      await round().then(
        () => undefined,
        (error: unknown) => error ?? new Error('unknown'),
      ),
    );
    return everyMs;
  });

  return {
    ...loop,
    async ready() {
      if (state === 'in place') return;
      throw new ProblemError(
        'NOT_READY',
        state === 'starting'
          ? 'the settings of the workspaces are not in Redis yet'
          : 'Redis has lost the settings of the workspaces; they are being restored',
      );
    },
  };
}
