import {
  addCounts,
  DEFAULT_POLICY,
  type DecisionRecord,
  histogramOf,
  NO_COUNTS,
  type Policy,
  type WorkspaceCounts,
} from '@fairlead/core';
import { createLogger } from '@fairlead/http';
import { createLedger, type Ledger } from '@fairlead/ledger';
import { createScheduler, type Scheduler } from '@fairlead/scheduler';
import { type Controller, type ControllerParts, createController } from '../src/app.ts';

export const TICK_MS = 15_000;

/** What controllers and replicas of one test take for the time. */
export interface Time {
  nowMs: number;
  /** When each report was sent, by its id. */
  readonly reports: Map<string, number>;
}

/** Begins at the beginning of a tick. */
export function startTime(): Time {
  return { nowMs: Math.floor(Date.now() / TICK_MS) * TICK_MS, reports: new Map() };
}

export interface OpenController {
  readonly controller: Controller;
  readonly scheduler: Scheduler;
  readonly ledger: Ledger;
  readonly log: () => string;
  /** Lets time pass, and ticks. Answers what was recorded by it. */
  tick(afterMs?: number): Promise<readonly DecisionRecord[]>;
  /** As a process that ends in order. */
  stop(): Promise<void>;
}

/** A controller in this process over real servers, driven by hand. */
export function openController(
  urls: { readonly redisUrl: string; readonly databaseUrl: string },
  time: Time,
  options: { policy?: Policy } & Partial<Pick<ControllerParts, 'exporter' | 'drills' | 'actuator'>> = {},
): OpenController {
  const lines: string[] = [];
  const logger = createLogger('controller', 'info', { write: (line) => void lines.push(line) });
  const scheduler = createScheduler({ redis: { url: urls.redisUrl }, logger });
  const ledger = createLedger({ databaseUrl: urls.databaseUrl });
  const controller = createController({
    policy: DEFAULT_POLICY,
    policySource: 'default',
    drills: 'off',
    actuator: 'capacity',
    ...options,
    scheduler: {
      ...scheduler,
      async readReports(after, limit) {
        const page = await scheduler.readReports(after, limit);
        const inTime = (each: (typeof page.reports)[number]) => ({
          ...each,
          atMs: time.reports.get(each.report.id) ?? each.atMs,
        });
        return { ...page, reports: page.reports.map(inTime) };
      },
    },
    ledger: {
      ...ledger,
      controlStates: {
        read: async (known) => ({ ...(await ledger.controlStates.read(known)), nowMs: time.nowMs }),
      },
    },
    holder: `test-${Math.random()}`,
    leaseMs: 60_000,
    tickMs: TICK_MS,
    retentionMs: 1e9,
    metrics: {
      decided() {},
      repeated() {},
      ticked() {},
      reportsRead() {},
      reportsLost() {},
      observe() {},
      observeSpanRelay() {},
    },
    logger,
    metricsHandler: (_req, res) => void res.end(),
    onAnswered() {},
  });
  return {
    controller,
    scheduler,
    ledger,
    log: () => lines.join(''),
    async tick(afterMs = TICK_MS) {
      time.nowMs += afterMs;
      const [last] = await ledger.decisions.page({ limit: 1 });
      const outcome = await controller.control.tick();
      if (outcome !== 'done') throw new Error(`the tick was not done: ${outcome}\n${lines.join('')}`);
      const rows = await ledger.decisions.tail({ after: last?.position ?? 0, limit: 1_000 });
      return rows.flatMap(({ record }) => record ?? []);
    },
    async stop() {
      await controller.stop();
      await Promise.all([scheduler.close(), ledger.close()]);
    },
  };
}

let reports = 0;

/** A replica reports, as it does every second; answers its share. */
export function report(
  scheduler: Scheduler,
  time: Time,
  reporter: string,
  counts: Readonly<Record<string, Partial<WorkspaceCounts>>> = {},
  evidence: Parameters<Scheduler['report']>[0]['evidence'] = [],
) {
  const id = `report-${++reports}`;
  time.reports.set(id, time.nowMs);
  const entries = Object.entries(counts).map(
    ([workspace, some]) => [workspace, addCounts(NO_COUNTS, { ...NO_COUNTS, ...some })] as const,
  );
  return scheduler.report({
    reporter,
    id,
    kind: 'consumer',
    slots: 800,
    draining: false,
    counts: new Map(entries),
    vitals: { claims: histogramOf([5]), locksLost: 0, running: 1, eventLoopP99Ms: 10 },
    evidence,
  });
}
