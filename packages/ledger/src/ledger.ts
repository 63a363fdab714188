import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { type Audit, createAudit } from './audit.ts';
import { type ControlSignals, readSignals } from './control/control-signals.ts';
import { type ControlStates, createControlStates } from './control/control-state.ts';
import { createWindowCounts, type WindowCounts } from './control/counts/window-counts.ts';
import { createDecisions, type Decisions } from './control/decisions.ts';
import { createOverrides, type Overrides } from './control/overrides.ts';
import { createRollouts, type Rollouts } from './control/rollouts.ts';
import { createSpanExport, type SpanExport } from './control/span-export.ts';
import { createTicks, type Ticks } from './control/ticks.ts';
import { openDatabase } from './database.ts';
import { createEffects, type Effects } from './effects/effects.ts';
import { createFlags, type Flags, type FlagValues, type InitialEnds } from './flags.ts';
import { createFunctionRuns, type FunctionRuns } from './function-runs.ts';
import { createGenerations, type Generations } from './generations.ts';
import { createJobs, HORIZON_MS, type Jobs, type JobsOptions } from './jobs/jobs.ts';
import { createLeases, type Leases } from './leases.ts';
import { createPing } from './ping.ts';
import { createSchedules, type Schedules } from './schedules/schedules.ts';
import { createWindows, type Windows } from './windows.ts';
import { createWorkspaces, type Workspaces } from './workspaces.ts';

export interface LedgerOptions extends JobsOptions {
  /** postgresql://user:password@host:port/database */
  readonly databaseUrl: string;
  /** Connections at most; default 4: statements are batched, so a few are enough. */
  readonly poolSize?: number;
}

export interface Ledger {
  /**
   * Resolves when Postgres answers within `deadlineMs`.
   * Rejects with LEDGER_UNAVAILABLE at the deadline at the latest, also when Postgres is frozen.
   */
  ping(deadlineMs: number): Promise<void>;
  readonly workspaces: Workspaces;
  readonly jobs: Jobs;
  readonly effects: Effects;
  readonly leases: Leases;
  readonly generations: Generations;
  readonly schedules: Schedules;
  readonly windows: Windows;
  readonly functionRuns: FunctionRuns;
  readonly apiKeys: ApiKeys;
  readonly audit: Audit;
  readonly decisions: Decisions;
  readonly controlStates: ControlStates;
  readonly windowCounts: WindowCounts;
  readonly ticks: Ticks;
  readonly spanExport: SpanExport;
  /** @param since the mark of the last answer: only the limits that changed since then */
  signals(since?: string): Promise<ControlSignals>;
  readonly overrides: Overrides;
  readonly rollouts: Rollouts;
  /** The switches that this process knows, with the values that it starts with. */
  flags<Values extends FlagValues>(initial: Values, ends?: InitialEnds<Values>): Flags<Values>;
  /** Closes the connections; statements under way are waited for. Later calls reject with LEDGER_UNAVAILABLE. */
  close(): Promise<void>;
}

const DEFAULT_POOL_SIZE = 4;

/**
 * The ledger on one database, whose migrations must have been applied. Connects with the first call, and again after
 * an outage. Throws CONFIG_INVALID when the URL is none.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const { databaseUrl, poolSize = DEFAULT_POOL_SIZE } = options;
  const database = openDatabase({ databaseUrl, poolSize });
  const jobs = createJobs(database, options);
  const apiKeys = createApiKeys(database);
  return {
    ping: createPing(database),
    workspaces: createWorkspaces(database),
    jobs,
    effects: createEffects(database),
    leases: createLeases(database),
    generations: createGenerations(database),
    schedules: createSchedules(database, jobs.accept),
    windows: createWindows(database),
    functionRuns: createFunctionRuns(database),
    apiKeys,
    audit: createAudit(database),
    decisions: createDecisions(database),
    controlStates: createControlStates(database),
    windowCounts: createWindowCounts(database),
    ticks: createTicks(database),
    spanExport: createSpanExport(database),
    signals: (since) => readSignals(database, options.horizonMs ?? HORIZON_MS, since),
    overrides: createOverrides(database),
    rollouts: createRollouts(database),
    flags: (initial, ends) => createFlags(database, initial, ends === undefined ? {} : { ends }),
    async close() {
      // Only when a key was last used: not worth an error.
      await apiKeys.flush().catch(() => {});
      await database.close();
    },
  };
}
