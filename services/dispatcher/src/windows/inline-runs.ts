/**
 * Runs of windows that are run inline: their beginning, their end, and what becomes of them when their dispatcher died.
 *
 *     takeInline ──▶ RUNNING ──▶ jobs run ──▶ SUCCEEDED, or FAILED and what is left goes to the queue
 *                       │
 *                       └─ dispatcher killed, frozen, or without Postgres
 *                            after 15 min: a post of the window, or any dispatcher's watch
 *                            ──▶ this attempt FAILED, the next one RUNNING: the jobs that are left run inline
 *
 * A dispatcher without handlers cannot run them, and leaves runs to the others for as long again; then it hands their
 * jobs to the queue. So it is with a run whose process died for the third time: one of its jobs may be what kills.
 */
import type { Loop } from '@fairlead/http';
import type { DispatchWindow, FunctionRun, FunctionRuns, JobToAdd, Windows } from '@fairlead/ledger';
import { createLoop, type LoopParts } from '../loop.ts';
import type { InlineResult, InlineRunner } from './inline-runner.ts';

export interface InlineRunsParts {
  readonly windows: Pick<Windows, 'takeInline' | 'leftInline'>;
  readonly functionRuns: Pick<FunctionRuns, 'takeOver' | 'finish'>;
  /** Absent: this dispatcher has no handlers. */
  readonly runner: InlineRunner | undefined;
  /** Names this dispatcher in the audit. */
  readonly holder: string;
  readonly logger: LoopParts['logger'];
}

/** A run as it ended, with the jobs that ran in it. */
export interface InlineRun {
  readonly run: FunctionRun;
  readonly jobs: readonly InlineResult[];
}

export interface InlineRuns {
  /** Whether there are handlers. */
  readonly canRun: boolean;
  /**
   * Runs those of the window's jobs that are in `inlineIds` and nobody else's. `undefined`: none was, or the window is not
   * the caller's. The rest of its time it is a run: should this process die, another goes on with it.
   *
   * @throws FairleadError LEDGER_UNAVAILABLE
   */
  begin(
    window: DispatchWindow,
    jobIds: readonly string[],
    inlineIds: readonly string[],
  ): Promise<InlineRun | undefined>;
  /** The same for what is left of a stale run. `undefined`: it is not stale, or somebody else's by now. */
  recover(runKey: string): Promise<InlineRun | undefined>;
  /** Recovers stale runs that nobody posts again. */
  readonly watch: Loop;
}

/** Longer than any run may take; see FAIRLEAD_DISPATCH_INLINE_MAX_MS. */
const STALE_MS = 15 * 60_000;
const STALE_WITHOUT_HANDLERS_MS = 2 * STALE_MS;
const MAX_ATTEMPTS = 3;
const WATCH_EVERY_MS = 15_000;

export function createInlineRuns(parts: InlineRunsParts): InlineRuns {
  const { windows, functionRuns, runner, holder, logger } = parts;
  const staleMs = runner === undefined ? STALE_WITHOUT_HANDLERS_MS : STALE_MS;

  async function finish(run: FunctionRun, jobs: readonly InlineResult[], error?: string): Promise<InlineRun> {
    const ended = await functionRuns.finish(run, { error });
    if (ended === undefined)
      logger.warn({ runKey: run.runKey }, 'an inline run took so long that it was taken over');
    return { run: ended ?? run, jobs };
  }

  async function runAll(
    runner: InlineRunner,
    run: FunctionRun,
    jobs: readonly JobToAdd[],
  ): Promise<InlineRun> {
    const results = await runner.run(jobs);
    return finish(run, results, complaintOf(results));
  }

  async function takeOver(runKey?: string): Promise<InlineRun | undefined> {
    const [run] = await functionRuns.takeOver({ by: holder, limit: 1, runKey, staleMs });
    if (run === undefined) return undefined;
    const fields = { runKey: run.runKey, attempt: run.attempt };
    if (runner === undefined || run.attempt > MAX_ATTEMPTS) {
      logger.warn(fields, 'a stale run is failed: what is left of its jobs goes to the queue');
      const why =
        runner === undefined
          ? 'no dispatcher with handlers took it over'
          : `${MAX_ATTEMPTS} processes died in it`;
      return finish(run, [], `Left to the queue: ${why}.`);
    }
    logger.warn(fields, 'a stale run is recovered inline');
    return runAll(runner, run, await windows.leftInline(run.dispatchKey ?? ''));
  }

  return {
    canRun: runner !== undefined,
    async begin(window, jobIds, inlineIds) {
      if (runner === undefined) return undefined;
      const taken = await windows.takeInline(window, jobIds, inlineIds);
      return taken && runAll(runner, taken.run, taken.jobs);
    },
    recover: takeOver,
    watch: createLoop({
      round: async () => ((await takeOver()) === undefined ? 'wait' : 'again'),
      everyMs: WATCH_EVERY_MS,
      logger,
      what: 'the watch over inline runs',
    }),
  };
}

/** Why a run did not succeed; undefined when it did. */
function complaintOf(results: readonly InlineResult[]): string | undefined {
  const count = (outcome: InlineResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  const [dead, left] = [count('dead'), count('left')];
  if (dead + left === 0) return undefined;
  const first = results.find(({ error }) => error !== undefined)?.error;
  return [
    `Of ${results.length} jobs ${dead} are dead letters and ${left} were left to the queue.`,
    ...(first === undefined ? [] : [`The first error: ${first}`]),
  ].join(' ');
}
