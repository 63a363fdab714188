/** Tells what the controller decides, as it decides it. Goes on from the last decision it told, so that it misses none. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerClient, DecisionNow } from './client.ts';

export interface DecisionFollower {
  /** How many decisions there were, by reason; the most frequent first. */
  readonly counts: () => ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
}

export function followDecisions(options: {
  readonly controller: Pick<ControllerClient, 'changesAfter'>;
  readonly onDecision: (decision: DecisionNow) => void;
  readonly everyMs?: number;
}): DecisionFollower {
  const { controller, onDecision, everyMs = 1_000 } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const counts = new Map<string, number>();
  let position = 0;
  const loop = (async () => {
    while (!signal.aborted) {
      // Whatever could not be had now is told with the next.
      const decisions = await controller.changesAfter(position, signal).catch(() => []);
      for (const decision of decisions) {
        position = decision.position;
        const reason = `${decision.kind} ${decision.reasonCode}`;
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
        onDecision(decision);
      }
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    counts: () => new Map([...counts].sort(([, a], [, b]) => b - a)),
    stop: async () => {
      ending.abort();
      await loop;
    },
  };
}
