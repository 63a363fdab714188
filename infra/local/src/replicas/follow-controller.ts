/**
 * Follows the controller: asks once a second how many replicas it wants, and scales to that. While nobody answers, who is
 * alive is not known, or no decision has been taken yet, everything stays as it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CapacityNow, ControllerClient } from '../controller/client.ts';
import type { ReplicaSet } from './replica-set.ts';

export interface FollowOptions {
  readonly controller: Pick<ControllerClient, 'capacity'>;
  readonly replicas: Pick<ReplicaSet, 'scaleTo'>;
  readonly everyMs?: number;
}

/** Begins; the returned function ends it. */
export function followController({
  controller,
  replicas,
  everyMs = 1_000,
}: FollowOptions): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const loop = (async () => {
    while (!signal.aborted) {
      const answer = await controller.capacity(signal).catch(() => undefined);
      const { wanted = null, live = null } = answer?.replicas ?? {};
      if (wanted !== null && live !== null && !signal.aborted) {
        replicas.scaleTo(wanted, runningByNumber(live));
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

function runningByNumber(live: NonNullable<CapacityNow['replicas']['live']>): Map<number, number> {
  const byNumber = new Map<number, number>();
  for (const { id, running } of live) {
    const number = Number(/^consumer-(\d+)$/.exec(id)?.[1]);
    if (Number.isInteger(number)) byNumber.set(number, running);
  }
  return byNumber;
}
