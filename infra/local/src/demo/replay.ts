import { setTimeout as sleep } from 'node:timers/promises';
import type { DispatcherClient, Handed } from './client.ts';
import type { Plan, PlannedJob } from './plan.ts';

/** Bursts go in requests of this size. */
const BATCH = 1_000;
/** From so many jobs of one moment on, they go as a batch. */
const BURST = 20;

/**
 * Hands in every job of the plan at its time, and tells of each answer. Single jobs go one by one as a program would
 * send them, bursts as batches. Resolves when all are handed in; rejects when the dispatcher cannot be reached.
 */
export async function replay(
  plan: Plan,
  client: Pick<DispatcherClient, 'addJob' | 'addBatch'>,
  onHanded: (handed: Handed) => void,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  const failures: unknown[] = [];
  for (const group of groupsByMoment(plan.jobs)) {
    const waitMs = startedMs + (group[0] as PlannedJob).atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    if (failures.length > 0) break;
    // Not awaited here: a slow answer must not delay what comes next.
    const sent = send(group, client, onHanded).catch((error: unknown) => void failures.push(error));
    underWay.push(sent);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}

async function send(
  group: readonly PlannedJob[],
  client: Pick<DispatcherClient, 'addJob' | 'addBatch'>,
  onHanded: (handed: Handed) => void,
): Promise<void> {
  if (group.length < BURST) {
    await Promise.all(group.map(async (job) => onHanded(await client.addJob(job))));
    return;
  }
  for (let at = 0; at < group.length; at += BATCH) {
    for (const handed of await client.addBatch(group.slice(at, at + BATCH))) onHanded(handed);
  }
}

function groupsByMoment(jobs: readonly PlannedJob[]): PlannedJob[][] {
  return [...Map.groupBy(jobs, ({ atMs }) => atMs).values()];
}
