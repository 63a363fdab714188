/**
 * Tells the ledger which jobs are in Redis. Nobody waits for it: until it is noted, and should noting fail, the relay
 * may add such a job once more, and Redis says that it has it. So the notes of a moment share a statement, and what
 * has finished within that moment needs none. A note may come late; queued.ts of the ledger says what it does then.
 */
import type { Jobs } from '@fairlead/ledger';

export interface QueuedNotes {
  note(ids: readonly string[]): void;
  /** Resolves when everything up to now is noted or given up. */
  flush(): Promise<void>;
}

const GATHER_MS = 100;
const BATCH = 1_000;

export function createQueuedNotes(
  jobs: Pick<Jobs, 'markQueued'>,
  logger: { warn(fields: object, message: string): void },
): QueuedNotes {
  let ids: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();

  function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const all = ids;
    ids = [];
    underWay = underWay.then(async () => {
      for (let from = 0; from < all.length; from += BATCH) {
        const batch = all.slice(from, from + BATCH);
        await jobs.markQueued(batch).catch((error: unknown) => {
          logger.warn({ jobs: batch.length, error: String(error) }, 'jobs could not be noted as queued');
        });
      }
    });
    return underWay;
  }

  return {
    note(added) {
      if (added.length === 0) return;
      ids = ids.concat(added);
      if (ids.length >= BATCH) void send();
      else timer ??= setTimeout(send, GATHER_MS);
    },
    flush: send,
  };
}
