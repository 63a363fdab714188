/**
 * Reports what the dispatcher has counted, once a second while there is anything. While Redis is away counts grow where
 * they are, by workspace, and come when it is back.
 */
import type { Loop } from '@fairlead/http';
import { createReporter, type Scheduler, type Tally } from '@fairlead/scheduler';
import { createLoop, type LoopParts } from './loop.ts';

export interface CountingReportsParts {
  readonly scheduler: Pick<Scheduler, 'report'>;
  readonly tally: Tally;
  /** New at each start. */
  readonly name: string;
  readonly logger: LoopParts['logger'];
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;

export function createCountingReports(parts: CountingReportsParts): Loop {
  const { scheduler, tally, everyMs = EVERY_MS } = parts;
  let unanswered = false;
  const reporter = createReporter({
    report: scheduler.report,
    reporter: parts.name,
    kind: 'dispatcher',
    slots: 0,
    take: () => ({ counts: tally.take(), vitals: undefined, evidence: [] }),
  });

  async function report(): Promise<void> {
    if (tally.isEmpty() && !unanswered) return;
    unanswered = true;
    await reporter.send(false);
    unanswered = false;
  }

  const loop = createLoop({
    everyMs,
    logger: parts.logger,
    what: 'reporting what was accepted',
    async round() {
      await report();
      return 'wait';
    },
  });

  return {
    start: loop.start,
    /** With a last report of what is left; without Redis that is lost. */
    async stop() {
      await loop.stop();
      await report().catch(() => {});
    },
  };
}
