import type { DispatcherClient, Handed } from './client.ts';
import type { JobFate } from './result.ts';

type Accepted = Extract<Handed, { outcome: 'accepted' }>;

/** Requests under way at once: enough to keep the dispatcher busy, few enough to be a polite neighbour. */
const AT_ONCE = 24;

/** Asks the dispatcher for every accepted job what became of it. */
export async function verify(
  accepted: readonly Accepted[],
  client: Pick<DispatcherClient, 'job'>,
  onChecked: (count: number) => void,
): Promise<JobFate[]> {
  const fates: JobFate[] = new Array(accepted.length);
  let next = 0;
  let checked = 0;
  const work = async () => {
    for (let at = next++; at < accepted.length; at = next++) {
      fates[at] = await fateOf(accepted[at] as Accepted, client);
      onChecked(++checked);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return fates;
}

async function fateOf({ workspace, id }: Accepted, client: Pick<DispatcherClient, 'job'>): Promise<JobFate> {
  const job = await client.job(workspace, id);
  if (job === undefined) return { workspace, fate: 'lost', why: 'the dispatcher does not know it' };
  const { state, createdAtMs, startedAtMs, finishedAtMs, lastError } = job;
  if (state === 'succeeded') return { workspace, fate: 'succeeded', createdAtMs, startedAtMs, finishedAtMs };
  if (state === 'dead') return { workspace, fate: 'dead', why: lastError ?? 'without a reason' };
  return { workspace, fate: 'lost', why: `it is still ${state}` };
}
