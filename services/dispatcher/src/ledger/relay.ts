/**
 * The relay: adds to Redis what was accepted and is not there: because its dispatcher died between the commit and
 * the add, because Redis was away then, or because the job is due only now.
 *
 * Every dispatcher runs one; the ledger gives each row to one of them at a time. Adding twice does no harm. A dead letter
 * that gets another life goes first: adding a job of an id that is there changes nothing.
 */
import type { Loop } from '@fairlead/http';
import type { Jobs, JobToAdd } from '@fairlead/ledger';
import type { Producer, Scheduler } from '@fairlead/scheduler';
import type { IntakeMetrics } from '../intake.ts';
import { createLoop } from '../loop.ts';
import { addOverDead } from './add-again.ts';

export interface RelayParts {
  readonly jobs: Pick<Jobs, 'takeForRelay' | 'markQueued' | 'relayNow'>;
  readonly scheduler: Pick<Scheduler, 'ping' | 'removeDead'>;
  readonly producer: Producer;
  readonly metrics: Pick<IntakeMetrics, 'queued'>;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly now: () => number;
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
const LIMIT = 1_000;
const PING_MS = 1_000;
/** Of what is older nobody can tell whether it has lived before, and was added then; an outage that long has been told of. */
const OLDEST_TOLD_MS = 3_600_000;

export function createRelay(parts: RelayParts): Loop {
  const { jobs, scheduler, metrics, logger, now, everyMs = EVERY_MS } = parts;

  async function round(): Promise<'again' | 'wait'> {
    // What is taken is this relay's for half a minute: nothing is while Redis is away.
    await scheduler.ping(PING_MS);
    const taken = await jobs.takeForRelay({ limit: LIMIT });
    if (taken.length === 0) return 'wait';
    const ids = await addOverDead(parts, taken, now()).catch(async (error: unknown) => {
      await jobs.relayNow(taken.map(({ id }) => id));
      throw error;
    });
    tellLatency(taken, new Set(ids));
    await jobs.markQueued(ids);
    logger.info({ jobs: ids.length }, 'the relay added accepted jobs to Redis');
    // What Redis refused comes again when its time with this relay is over: asking at once would spin.
    return taken.length === LIMIT && ids.length === taken.length ? 'again' : 'wait';
  }

  function tellLatency(taken: readonly JobToAdd[], added: ReadonlySet<string>): void {
    for (const { id, createdAtMs, runAtMs } of taken) {
      const ageMs = now() - createdAtMs;
      // What is due later than it was accepted has not waited for us.
      if (runAtMs === undefined && added.has(id) && ageMs < OLDEST_TOLD_MS)
        metrics.queued('relay', ageMs / 1_000);
    }
  }

  return createLoop({ round, everyMs, logger, what: 'the relay' });
}
