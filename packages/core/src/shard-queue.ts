/** The model of one queue: which job BullMQ would give next, and where one that comes goes. */
import { type ModelJob, queueOf, type ShardState } from './shard-state.ts';

/** Takes the job that BullMQ chooses within a queue: due delayed jobs move in, then wait, then prioritized. */
export function activateNext(state: ShardState, workspace: string, nowMs: number): ModelJob | undefined {
  const queue = queueOf(state, workspace);
  while (queue.delayed[0] && Math.floor(queue.delayed[0].dueMs) <= nowMs) {
    const { job } = queue.delayed.shift() as { job: ModelJob };
    enqueue(state, workspace, job);
  }
  if (queue.paused) return undefined;
  const waiting = queue.wait.shift();
  if (waiting) return waiting;
  queue.prioritized.sort((a, b) => a.job.priority - b.job.priority || a.order - b.order);
  const prioritized = queue.prioritized.shift()?.job;
  // BullMQ starts the order of arrival anew once nobody prioritized is left.
  if (!prioritized) queue.arrivals = 0;
  return prioritized;
}

/** Puts a job at the end of its queue. Changes the state: for building states, and for the model itself. */
export function enqueue(state: ShardState, workspace: string, job: ModelJob): void {
  const queue = queueOf(state, workspace);
  if (job.priority === 0) queue.wait.push(job);
  else queue.prioritized.push({ job, order: ++queue.arrivals });
}

/** Puts a job among the delayed ones, due at `dueMs`, behind others due in the same millisecond. */
export function enqueueDelayed(state: ShardState, workspace: string, job: ModelJob, dueMs: number): void {
  const queue = queueOf(state, workspace);
  const same = queue.delayed.filter((entry) => Math.floor(entry.dueMs) === dueMs).at(-1);
  queue.delayed.push({ job, dueMs: same ? same.dueMs + 1 / 4_096 : dueMs });
  queue.delayed.sort((a, b) => a.dueMs - b.dueMs);
}
