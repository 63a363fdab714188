/** Sixteen workspaces in varied states, for the pages that tests and the picture of the guide look at. */
import { type Claimer, createProducer, type JobToAdd, type Scheduler } from '@fairlead/scheduler';

interface Scene {
  readonly workspace: string;
  readonly completed?: number;
  readonly failed?: number;
  readonly active?: number;
  readonly waiting?: number;
  readonly delayed?: number;
}

const SCENES: readonly Scene[] = [
  { workspace: 'acme', completed: 12, active: 3, waiting: 41, delayed: 4 },
  { workspace: 'bluebird-air', completed: 30, active: 1, waiting: 2 },
  { workspace: 'cobalt-bank', completed: 24, failed: 3, waiting: 9 },
  { workspace: 'daybreak', delayed: 18, waiting: 3 },
  { workspace: 'evergreen', completed: 16, active: 2 },
  { workspace: 'foxglove-labs', completed: 8, active: 2, waiting: 14, delayed: 6 },
  { workspace: 'globex', completed: 20, failed: 1, active: 2, waiting: 26 },
  { workspace: 'harbor-foods', completed: 14, waiting: 5 },
  { workspace: 'initech', completed: 6, failed: 8, waiting: 12 },
  { workspace: 'juniper', completed: 22, active: 1, waiting: 7, delayed: 2 },
  { workspace: 'kestrel-media', completed: 10, active: 2, waiting: 31 },
  { workspace: 'lighthouse', completed: 18, delayed: 9, waiting: 1 },
  { workspace: 'noisy-neighbour', completed: 40, failed: 2, active: 4, waiting: 2_400 },
  { workspace: 'orchard', completed: 28, waiting: 4 },
  { workspace: 'pinewood', completed: 9, active: 1, waiting: 11, delayed: 3 },
  { workspace: 'quarry-stone', completed: 5, failed: 1, waiting: 2, delayed: 12 },
];

/** Fills an empty Redis that has its generation. With a claimer whose loops are not started, what is active stays so. */
export async function fill(scheduler: Scheduler, claimer: Claimer): Promise<string[]> {
  const producer = createProducer(scheduler);
  let id = 0;
  const add = async (scene: Scene, count: number | undefined, more: Partial<JobToAdd> = {}) => {
    const { workspace } = scene;
    await producer.add(
      Array.from({ length: count ?? 0 }, () => ({
        workspace,
        id: `j${String(++id).padStart(5, '0')}`,
        type: 'email.send',
        payload: { to: 'someone@example.org', messageId: id },
        maxAttempts: 1,
        ...more,
      })),
    );
  };
  for (const scene of SCENES) {
    await add(scene, scene.completed);
    await settleAll(claimer, (job) => claimer.complete(job, { delivered: true }));
    await add(scene, scene.failed);
    await settleAll(claimer, (job) => claimer.fail(job, new Error('mailbox unavailable: 550 5.1.1')));
  }
  for (const scene of SCENES) {
    await add(scene, scene.active);
    let left = scene.active ?? 0;
    while (left > 0) left -= (await claimed(claimer, left)).length;
  }
  for (const scene of SCENES) {
    await add(scene, scene.waiting);
    await add(scene, scene.delayed, { delayMs: 3_600_000 });
  }
  return SCENES.map(({ workspace }) => workspace);
}

async function claimed(claimer: Claimer, maxJobs: number) {
  const answer = await claimer.claim(maxJobs);
  if (answer.outcome !== 'claimed') throw new Error(`the claim was answered ${answer.outcome}`);
  return answer.jobs;
}

async function settleAll(
  claimer: Claimer,
  settle: (job: Awaited<ReturnType<typeof claimed>>[number]) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const jobs = await claimed(claimer, 64);
    if (jobs.length === 0) return;
    await Promise.all(jobs.map(settle));
  }
}
