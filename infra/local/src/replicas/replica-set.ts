/**
 * The consumer replicas of the stack: a part of it whose number changes while it runs.
 *
 *     start ─▶ replica 1, 2 ─▶ scaleTo(3) ─▶ replica 1, 2, 3 ─▶ scaleTo(2) ─▶ the idle one drains and ends
 *
 * Each replica is supervised by itself: one that crashes comes back, one that drains does not. A replica is started
 * under the lowest number that nobody has, also nobody who still drains.
 */
import type { Supervised } from '../supervisor/supervise.ts';
import { planReplicas } from './plan-replicas.ts';

export interface ReplicaSet extends Supervised {
  /** Starts or drains replicas, without waiting for it. `running`: jobs by number of the replica, as far as known. */
  readonly scaleTo: (wanted: number, running: ReadonlyMap<number, number>) => void;
}

export type ReplicaNews =
  | { readonly kind: 'started' | 'drained'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly why: string };

export interface ReplicaSetOptions {
  /** How many there are at first. */
  readonly first: number;
  readonly replica: (number: number) => Supervised;
  readonly onNews: (news: ReplicaNews) => void;
  /** Any clock that only goes forward, ms. */
  readonly nowMs?: () => number;
}

/** After a replica that could not be started, none is started for this long. */
const FAILED_PAUSE_MS = 10_000;

export function createReplicaSet(options: ReplicaSetOptions): ReplicaSet {
  const { first, replica, onNews, nowMs = performance.now.bind(performance) } = options;
  const staying = new Map<number, Supervised>();
  const leaving = new Map<number, { readonly it: Supervised; readonly gone: Promise<void> }>();
  let stopping = false;
  let mayStartAtMs = 0;

  function add(): { readonly it: Supervised; readonly number: number } {
    let number = 1;
    while (staying.has(number) || leaving.has(number)) number++;
    const it = replica(number);
    staying.set(number, it);
    return { it, number };
  }

  function startOne(): void {
    const { it, number } = add();
    it.start().then(
      () => onNews({ kind: 'started', name: it.name }),
      (error: Error) => {
        // A drain that came meanwhile is no failure.
        if (staying.get(number) !== it) return;
        staying.delete(number);
        mayStartAtMs = nowMs() + FAILED_PAUSE_MS;
        onNews({ kind: 'failed', name: it.name, why: error.message });
      },
    );
  }

  function drainOne(number: number): void {
    const it = staying.get(number);
    if (it === undefined) return;
    staying.delete(number);
    const gone = it.stop().then(
      () => onNews({ kind: 'drained', name: it.name }),
      (error: Error) => onNews({ kind: 'failed', name: it.name, why: error.message }),
    );
    leaving.set(number, { it, gone });
    void gone.then(() => leaving.delete(number));
  }

  return {
    name: 'consumers',
    async start() {
      const replicas = Array.from({ length: first }, add);
      await Promise.all(replicas.map(({ it }) => it.start()));
      return `${first} replicas`;
    },
    scaleTo(wanted, running) {
      if (stopping) return;
      const now = [...staying.keys()].map((number) => ({ number, running: running.get(number) }));
      const plan = planReplicas(wanted, now);
      if (nowMs() >= mayStartAtMs) for (let i = 0; i < plan.start; i++) startOne();
      for (const number of plan.drain) drainOne(number);
    },
    async stop() {
      stopping = true;
      const gone = [...leaving.values()].map((one) => one.gone);
      await Promise.all([...gone, ...[...staying.values()].map((it) => it.stop())]);
    },
    hurry() {
      stopping = true;
      for (const { it } of leaving.values()) it.hurry();
      for (const it of staying.values()) it.hurry();
    },
  };
}
