/**
 * Follows the controller: asks once a second how many replicas it wants, and scales to that. While nobody answers, or no
 * decision has been taken yet, everything stays as it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaSet } from './replica-set.ts';

/** Of `GET /v1/capacity`, what is needed here. */
export interface WantedReplicas {
  /** Null: nothing was decided yet. */
  readonly wanted: number | null;
  /** Those that report, by the names that the stack gave them. */
  readonly live: readonly { readonly id: string; readonly running: number }[];
}

export interface FollowOptions {
  /** May reject: then nothing is done this time. */
  readonly ask: (signal: AbortSignal) => Promise<WantedReplicas>;
  readonly replicas: Pick<ReplicaSet, 'scaleTo'>;
  readonly everyMs?: number;
}

/** Begins; the returned function ends it. */
export function followController({ ask, replicas, everyMs = 1_000 }: FollowOptions): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const loop = (async () => {
    while (!signal.aborted) {
      const answer = await ask(signal).catch(() => undefined);
      if (answer !== undefined && answer.wanted !== null && !signal.aborted) {
        replicas.scaleTo(answer.wanted, runningByNumber(answer.live));
      }
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return async () => {
    ending.abort();
    await loop;
  };
}

/** The name of the replica with this number, by which it reports. */
export function replicaName(number: number): string {
  return `consumer-${number}`;
}

function runningByNumber(live: WantedReplicas['live']): Map<number, number> {
  const byNumber = new Map<number, number>();
  for (const { id, running } of live) {
    const number = Number(/^consumer-(\d+)$/.exec(id)?.[1]);
    if (Number.isInteger(number)) byNumber.set(number, running);
  }
  return byNumber;
}
