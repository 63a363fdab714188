/**
 * Plays a trace in the model of the scheduler, with a virtual clock: jobs come when they came, run as long as they ran,
 * on a number of slots. The answer has no chance and no machine in it.
 *
 * The state is changed in place: copied at each step, as the pure operations do it, a trace costs the square of its backlog.
 */
import { createHeap } from '../heap.ts';
import { OrderedRing } from '../ordered-ring.ts';
import { inPlace } from '../shard-model.ts';
import { enqueue } from '../shard-queue.ts';
import { emptyShard } from '../shard-state.ts';
import { DEFAULT_WORKSPACE_CONFIG, type WorkspaceConfig } from '../workspace.ts';
import type { TraceJob } from './parse-trace.ts';
import type { WorkspaceTimes } from './service-windows.ts';

export interface ModelReplayOptions {
  /** Jobs that run at once, over all tenants. */
  readonly slots: number;
  /** Jobs a visit of a tenant. */
  readonly quantum?: number;
  /** Of tenants that are not as by default. */
  readonly settings?: ReadonlyMap<string, Partial<WorkspaceConfig>>;
}

interface Running {
  readonly endMs: number;
  /** Which start it was: of two that end at once the earlier goes first. */
  readonly start: number;
  readonly workspace: string;
  readonly id: string;
  readonly charged: { readonly cost: number; readonly atMs: number } | undefined;
}

/** So many moments pass between two looks of whoever waits for it. */
const MOMENTS_A_STEP = 256;

/** When each job came and began, by tenant; those with most jobs first. */
export function replayInModel(jobs: readonly TraceJob[], options: ModelReplayOptions): WorkspaceTimes[] {
  const steps = replayStepsInModel(jobs, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in steps, for those who have something else to do meanwhile. Yields how many jobs were started so far. */
export function* replayStepsInModel(
  jobs: readonly TraceJob[],
  options: ModelReplayOptions,
): Generator<number, WorkspaceTimes[]> {
  const { slots, quantum = 4, settings = new Map() } = options;
  const settingsOf = (tenant: string): WorkspaceConfig => ({
    ...DEFAULT_WORKSPACE_CONFIG,
    ...settings.get(tenant),
  });
  const tenants = [...new Set(jobs.map(({ tenant }) => tenant))];
  const state = { ...emptyShard(), ring: new OrderedRing(), generation: true };
  for (const tenant of tenants) inPlace.configure(state, tenant, settingsOf(tenant));

  const times = new Map(
    tenants.map((tenant) => [tenant, [] as { createdAtMs: number; startedAtMs: number }[]]),
  );
  const running = createHeap<Running>(
    (a, b) => a.endMs < b.endMs || (a.endMs === b.endMs && a.start < b.start),
  );
  let arrived = 0;
  let started = 0;
  let nowMs = 0;
  for (let moment = 1; ; moment++) {
    while (arrived < jobs.length && (jobs[arrived] as TraceJob).atMs <= nowMs) {
      const { tenant } = jobs[arrived] as TraceJob;
      enqueue(state, tenant, { id: String(arrived), priority: 0 });
      inPlace.markReady(state, tenant, 'added');
      arrived++;
    }
    const ended: Running[] = [];
    while ((running.peek()?.endMs ?? Number.POSITIVE_INFINITY) <= nowMs) ended.push(running.pop() as Running);
    if (ended.length > 0) inPlace.finish(state, ended, nowMs);

    let nextMs = Number.POSITIVE_INFINITY;
    while (running.size < slots) {
      const request = { wanted: slots - running.size, quantum, partitionCap: Number.POSITIVE_INFINITY };
      const answer = inPlace.claim(state, request, nowMs * 1_000);
      if (answer.outcome !== 'claimed') break;
      const { grants, costs, nextMs: again } = answer;
      for (const { workspace, id } of grants) {
        const job = jobs[Number(id)] as TraceJob;
        const cost = costs.get(workspace);
        const charged = cost === undefined ? undefined : { cost, atMs: nowMs };
        running.push({ endMs: nowMs + job.runMs, start: started++, workspace, id, charged });
        times.get(workspace)?.push({ createdAtMs: job.atMs, startedAtMs: nowMs });
      }
      if (grants.length === 0) {
        if (again !== undefined) nextMs = Math.max(again, nowMs + 1);
        break;
      }
    }
    if (arrived < jobs.length) nextMs = Math.min(nextMs, (jobs[arrived] as TraceJob).atMs);
    nextMs = Math.min(nextMs, running.peek()?.endMs ?? Number.POSITIVE_INFINITY);
    if (nextMs === Number.POSITIVE_INFINITY) break;
    // A job that takes no time ends in the moment in which it began.
    nowMs = Math.max(nowMs, Math.ceil(nextMs));
    if (moment % MOMENTS_A_STEP === 0) yield started;
  }
  return [...times]
    .map(([name, starts]) => ({ name, weight: settingsOf(name).weight, jobs: starts }))
    .sort((a, b) => b.jobs.length - a.jobs.length);
}
