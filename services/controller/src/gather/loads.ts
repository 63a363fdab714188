/**
 * The live numbers of all workspaces with work, gathered bit by bit in the time before a tick: 50,000 of them at once
 * would keep Redis from its work for longer than any claim may take.
 */
import { pause } from '@fairlead/http';
import type { Scheduler, WorkspaceLiveLoad } from '@fairlead/scheduler';

export type LoadSource = Pick<Scheduler, 'loads'>;

export type Loads = ReadonlyMap<string, WorkspaceLiveLoad>;

export interface LoadGathering {
  /** Begins now, with a rest after each chunk, unless it has begun. */
  begin(): void;
  /** How long before a tick to begin, so that it is over by then, ms: by how many chunks there were the last time. */
  leadMs(): number;
  /** All loads: of what was begun, the rest without rests, or else from the start. The next tick begins anew. */
  take(): Promise<Loads>;
}

const REST_MS = 50;

export function createLoadGathering(source: LoadSource): LoadGathering {
  let chunks = 0;
  let hurry = new AbortController();
  let underWay: Promise<Loads> | undefined;

  async function gather({ signal }: AbortController): Promise<Loads> {
    const loads = new Map<string, WorkspaceLiveLoad>();
    let seen = 0;
    for await (const chunk of source.loads()) {
      for (const load of chunk) loads.set(load.workspace, load);
      seen += 1;
      await pause(REST_MS, signal);
    }
    chunks = seen;
    return loads;
  }

  function begin(): void {
    if (underWay !== undefined) return;
    underWay = gather(hurry);
    // Whoever takes it hears of the error; between ticks nobody listens.
    underWay.catch(() => {});
  }

  return {
    begin,
    leadMs: () => chunks * REST_MS,
    async take() {
      const mine = hurry;
      mine.abort();
      begin();
      const loads = underWay as Promise<Loads>;
      underWay = undefined;
      hurry = new AbortController();
      return loads;
    },
  };
}
