import { waitFor } from '@fairlead/testkit';
import type { ClaimAnswer, ClaimedJob, Claimer } from '../../src/index.ts';

export type Claimed = Extract<ClaimAnswer, { outcome: 'claimed' }>;

/** One claim; the shard must have its generation. */
export async function claim(claimer: Claimer, wanted: number): Promise<Claimed> {
  const answer = await claimer.claim(wanted);
  if (answer.outcome !== 'claimed') throw new Error(`the claim was refused: ${answer.outcome}`);
  return answer;
}

/** The ids of one claim. */
export async function claimIds(claimer: Claimer, wanted: number): Promise<string[]> {
  return (await claim(claimer, wanted)).jobs.map((job) => job.id);
}

/**
 * Claims as a replica does, waiting for work in between, until it has `count` jobs. Rejects after the
 * deadline (default 30 s: a busy machine takes its time).
 */
export async function claimUntil(
  claimer: Claimer,
  count: number,
  { what, deadlineMs = 30_000 }: { what: string; deadlineMs?: number },
): Promise<ClaimedJob[]> {
  const claimed: ClaimedJob[] = [];
  await waitFor(
    async () => {
      claimed.push(...(await claim(claimer, count - claimed.length)).jobs);
      if (claimed.length === count) return true;
      await claimer.waitForWork(250);
      return false;
    },
    { what, deadlineMs, everyMs: 0 },
  );
  return claimed;
}

/** Claims and completes everything there is now, `wanted` at a time; answers the ids in order. */
export async function drain(claimer: Claimer, wanted = 1): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { jobs } = await claim(claimer, wanted);
    if (jobs.length === 0) return ids;
    for (const job of jobs) {
      ids.push(job.id);
      await claimer.complete(job, null);
    }
  }
}
