import type { ClaimedJob } from './claimer-port.ts';

export type UnknownTypeDecision =
  | { readonly outcome: 'postpone'; readonly delayMs: number; readonly sinceMs: number }
  | { readonly outcome: 'dead_letter'; readonly reason: string };

/**
 * What becomes of a job whose type this replica does not know. In a rolling deploy the replicas that know it are on
 * their way, so it waits for them; nobody may come, so it does not wait for ever. Both times are Redis'
 * own, so that replicas with different clocks agree.
 */
export function decideUnknownType(
  job: ClaimedJob,
  policy: { readonly delayMs: number; readonly maxMs: number },
): UnknownTypeDecision {
  const sinceMs = job.unknownSinceMs ?? job.claimedAtMs;
  const leftMs = sinceMs + policy.maxMs - job.claimedAtMs;
  if (leftMs > 0) return { outcome: 'postpone', delayMs: Math.min(policy.delayMs, leftMs), sinceMs };
  const reason =
    `No replica knew the job type ${JSON.stringify(job.type)} for ${duration(policy.maxMs)} ` +
    `(since ${new Date(sinceMs).toISOString()}). Deploy a consumer whose handlers have it, then retry the job.`;
  return { outcome: 'dead_letter', reason };
}

function duration(ms: number): string {
  return ms >= 60_000 ? `${Math.round(ms / 6_000) / 10} min` : `${Math.round(ms / 100) / 10} s`;
}
