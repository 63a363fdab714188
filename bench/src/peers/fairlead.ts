import { type Claimer, createClaimer, createProducer, createScheduler } from '@fairlead/scheduler';
import { createChecklist } from '../checklist.ts';

/** Claims in flight: two hide a round trip, more only queue in Redis. */
const LOOPS = 2;
const BATCH = 64;
const ADD_BATCH = 1_000;

/** Adds `jobs` no-op jobs, spread evenly over the workspaces. */
export async function fillFairlead(url: string, jobs: number, workspaces: number): Promise<void> {
  const scheduler = createScheduler({ redis: { url } });
  await scheduler.ping(5_000);
  await scheduler.writeGeneration();
  const producer = createProducer(scheduler);
  for (let from = 0; from < jobs; from += ADD_BATCH) {
    const size = Math.min(ADD_BATCH, jobs - from);
    const batch = Array.from({ length: size }, (_, i) => ({
      workspace: `w-${(from + i) % workspaces}`,
      id: `j-${from + i}`,
      type: 'noop',
      payload: { number: from + i, text: 'x'.repeat(60) },
    }));
    for (const added of await producer.add(batch)) if (added.outcome === 'failed') throw added.error;
  }
  await scheduler.close();
}

/** Drains them with one replica's claimer: locks, renewal, recovery and sweep are on. */
export async function drainFairlead(url: string, jobs: number): Promise<void> {
  const scheduler = createScheduler({ redis: { url } });
  const claimer = createClaimer(scheduler, {
    replicaId: 'bench',
    keepCompleted: { count: 0, ageSeconds: 0 },
  });
  await claimer.start();
  const checklist = createChecklist(jobs);
  await Promise.all(Array.from({ length: LOOPS }, () => pullUntilEmpty(claimer, checklist.tick)));
  checklist.verify();
  await claimer.stop();
  await scheduler.close();
}

async function pullUntilEmpty(claimer: Claimer, tick: (number: number) => void): Promise<void> {
  for (;;) {
    const answer = await claimer.claim(BATCH);
    if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
    if (answer.jobs.length === 0) return;
    for (const job of answer.jobs) tick((job.payload as { number: number }).number);
    const settled = await Promise.all(answer.jobs.map((job) => claimer.complete(job, null)));
    const wrong = settled.find((outcome) => outcome.outcome !== 'settled');
    if (wrong) throw new Error(`a job was not settled: ${wrong.outcome}`);
  }
}
