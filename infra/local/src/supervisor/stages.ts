import type { Supervised } from './supervise.ts';

/** Parts that start together, or something to be done once (migrations). Stages follow one another. */
export type Stage =
  | { readonly kind: 'parts'; readonly parts: readonly Supervised[] }
  | { readonly kind: 'task'; readonly name: string; readonly run: (signal: AbortSignal) => Promise<string> };

/** How the beginning and the end of each part are shown. */
export interface StageReporter {
  readonly begin: (name: string) => {
    done(detail: string): void;
    failed(why: string): void;
    cancelled(): void;
  };
}

export interface StartedStages {
  /** Ends the parts in the reverse order of their start. Safe to call again: it is one stop. */
  readonly stop: () => Promise<void>;
  /** Ends all parts at once and by force; `stop` then resolves soon. */
  readonly hurry: () => void;
}

export type StartOutcome =
  | { outcome: 'started' }
  | { outcome: 'failed'; name: string; why: string }
  | { outcome: 'stopped' };

/**
 * Starts stages in order, each when the one before is healthy. When a part fails, or `stop` is called meanwhile, no
 * further stage begins; the caller then calls `stop`, which ends whatever had begun.
 */
export function startStages(
  stages: readonly Stage[],
  reporter: StageReporter,
): StartedStages & { started: Promise<StartOutcome> } {
  const begun: Supervised[][] = [];
  const cancel = new AbortController();

  const start = async (): Promise<StartOutcome> => {
    for (const stage of stages) {
      if (cancel.signal.aborted) return { outcome: 'stopped' };
      const runs =
        stage.kind === 'task'
          ? [{ name: stage.name, run: () => stage.run(cancel.signal) }]
          : stage.parts.map((part) => ({ name: part.name, run: part.start }));
      const group = stage.kind === 'parts' ? [...stage.parts] : [];
      const at = begun.push(group) - 1;
      const outcomes = await Promise.all(
        runs.map(({ name, run }) => runOne(name, run, reporter, cancel.signal)),
      );
      // What did not start needs no stop.
      begun[at] = group.filter((_, index) => outcomes[index]?.outcome !== 'failed');
      const failure = outcomes.find(({ outcome }) => outcome !== 'started');
      if (failure !== undefined) return failure;
    }
    return { outcome: 'started' };
  };

  let stopped: Promise<void> | undefined;
  const started = start();
  return {
    started,
    hurry: () => {
      cancel.abort();
      for (const part of begun.flat()) part.hurry();
    },
    stop: () => {
      stopped ??= (async () => {
        cancel.abort();
        for (const parts of begun.toReversed()) {
          await Promise.all(parts.map((part) => stopOne(part, reporter)));
        }
        await started;
      })();
      return stopped;
    },
  };
}

async function runOne(
  name: string,
  run: () => Promise<string>,
  reporter: StageReporter,
  signal: AbortSignal,
): Promise<StartOutcome> {
  const step = reporter.begin(name);
  try {
    step.done(await run());
    return { outcome: 'started' };
  } catch (error) {
    if (signal.aborted) {
      step.cancelled();
      return { outcome: 'stopped' };
    }
    const why = (error as Error).message;
    step.failed('failed');
    return { outcome: 'failed', name, why };
  }
}

async function stopOne(part: Supervised, reporter: StageReporter): Promise<void> {
  const step = reporter.begin(part.name);
  try {
    await part.stop();
    step.done('stopped');
  } catch (error) {
    step.failed(`did not stop in order: ${(error as Error).message}`);
  }
}
