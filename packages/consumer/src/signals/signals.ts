/**
 * What the replica tells the controller, and what it is told.
 *
 *     events ──▶ counts in memory ── report, once a second ──▶ Redis
 *     pull loop ◀── share ──────────────────────┘
 *
 * Once a second while anything happens, every five seconds otherwise: that it lives must be known. The first report
 * comes before the first claim, so that a new replica begins with its share.
 *
 * *While Redis is away* nothing is lost: counts grow where they are, by workspace, and come when it is back. The share
 * stays what it was; without Redis there are no claims. What was counted since the last report is lost with a replica
 * that is killed.
 */
import { histogramFrom } from '@fairlead/core';
import { createReporter, createTally, type Scheduler } from '@fairlead/scheduler';
import type { Clock } from '../clock.ts';
import type { ConsumerEvent } from '../events.ts';
import type { QuietWarn } from '../quiet-log.ts';
import { countEvent, type EventCounts } from './count-event.ts';
import { createEvidence } from './evidence.ts';
import type { LoopDelay } from './loop-delay.ts';

export interface Signals {
  /** Counts what happens in the replica. */
  count(event: ConsumerEvent): void;
  /** Resolves when the first report has been answered, or has failed: the next ones follow by themselves. */
  start(): Promise<void>;
  /** Says at once that the replica takes no more work. */
  drain(): void;
  /** Sends what is left and the leave; resolves after a second whatever Redis does. */
  stop(): Promise<void>;
}

export interface SignalsParts {
  readonly report: Scheduler['report'];
  readonly replicaId: string;
  readonly slots: number;
  /** Attempts that run now. */
  readonly running: () => number;
  readonly loopDelay: LoopDelay;
  readonly clock: Clock;
  readonly warn: QuietWarn;
  /** Called with every answer; undefined when only its slots limit the replica. */
  readonly onShare: (share: number | undefined) => void;
}

const EVERY_MS = 1_000;
const IDLE_EVERY_MS = 5_000;
const LAST_REPORT_MS = 1_000;

export function createSignals(parts: SignalsParts): Signals {
  const { running, loopDelay, clock, warn } = parts;
  const counts: EventCounts = {
    tally: createTally(),
    evidence: createEvidence(clock),
    claims: new Map(),
    locksLost: 0,
  };
  let draining = false;
  let stopped = false;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let failing = false;
  let cancel = () => {};
  let reporting = Promise.resolve();

  const reporter = createReporter({
    report: parts.report,
    reporter: parts.replicaId,
    kind: 'consumer',
    slots: parts.slots,
    take() {
      const vitals = {
        claims: histogramFrom(counts.claims),
        locksLost: counts.locksLost,
        running: running(),
        eventLoopP99Ms: loopDelay.p99Ms(),
      };
      counts.claims.clear();
      counts.locksLost = 0;
      return { counts: counts.tally.take(), vitals, evidence: counts.evidence.take() };
    },
  });

  /** Never rejects. One at a time. */
  function report(): Promise<void> {
    reporting = reporting.then(async () => {
      try {
        const { share } = await reporter.send(draining);
        failing = false;
        reportedAtMs = clock.nowMs();
        parts.onShare(share);
      } catch (error) {
        failing = true;
        if (!stopped) warn('the replica could not report what it counted', { error: String(error) });
      }
    });
    return reporting;
  }

  function isDue(): boolean {
    if (failing || !counts.tally.isEmpty() || running() > 0) return true;
    return clock.nowMs() - reportedAtMs >= IDLE_EVERY_MS;
  }

  function next(): void {
    cancel = clock.after(EVERY_MS, async () => {
      if (isDue()) await report();
      if (!stopped) next();
    });
  }

  return {
    count: (event) => countEvent(event, counts),
    async start() {
      if (stopped) return;
      loopDelay.start();
      await report();
      if (!stopped) next();
    },
    drain() {
      draining = true;
      void report();
    },
    async stop() {
      draining = true;
      stopped = true;
      cancel();
      loopDelay.stop();
      await Promise.race([report(), new Promise<void>((resolve) => clock.after(LAST_REPORT_MS, resolve))]);
    },
  };
}
