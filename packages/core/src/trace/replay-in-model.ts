/**
 * Plays a trace in the model of the scheduler, with a virtual clock: jobs come when they came, run as long as they ran,
 * on a number of slots. The answer has no chance and no machine in it.
 */
import { claim, configure, enqueue, finish, markReady } from '../shard-model.ts';
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
  readonly workspace: string;
  readonly id: string;
  readonly charged: { readonly cost: number; readonly atMs: number } | undefined;
}

/** When each job came and began, by tenant; those with most jobs first. */
export function replayInModel(jobs: readonly TraceJob[], options: ModelReplayOptions): WorkspaceTimes[] {
  const { slots, quantum = 4, settings = new Map() } = options;
  const settingsOf = (tenant: string): WorkspaceConfig => ({
    ...DEFAULT_WORKSPACE_CONFIG,
    ...settings.get(tenant),
  });
  const tenants = [...new Set(jobs.map(({ tenant }) => tenant))];
  let state = { ...emptyShard(), generation: true };
  for (const tenant of tenants) state = configure(state, tenant, settingsOf(tenant));

  const times = new Map(
    tenants.map((tenant) => [tenant, [] as { createdAtMs: number; startedAtMs: number }[]]),
  );
  const running: Running[] = [];
  let arrived = 0;
  let nowMs = 0;
  for (;;) {
    while (arrived < jobs.length && (jobs[arrived] as TraceJob).atMs <= nowMs) {
      const { tenant } = jobs[arrived] as TraceJob;
      enqueue(state, tenant, { id: String(arrived), priority: 0 });
      state = markReady(state, tenant, 'added');
      arrived++;
    }
    const ended = running.filter(({ endMs }) => endMs <= nowMs);
    if (ended.length > 0) {
      state = finish(state, ended, nowMs);
      for (const one of ended) running.splice(running.indexOf(one), 1);
    }
    let nextMs = Number.POSITIVE_INFINITY;
    while (running.length < slots) {
      const request = { wanted: slots - running.length, quantum, partitionCap: Number.POSITIVE_INFINITY };
      const claimed = claim(state, request, nowMs * 1_000);
      state = claimed.state;
      if (claimed.answer.outcome !== 'claimed') break;
      const { grants, costs, nextMs: again } = claimed.answer;
      for (const { workspace, id } of grants) {
        const job = jobs[Number(id)] as TraceJob;
        const cost = costs.get(workspace);
        const charged = cost === undefined ? undefined : { cost, atMs: nowMs };
        running.push({ endMs: nowMs + job.runMs, workspace, id, charged });
        times.get(workspace)?.push({ createdAtMs: job.atMs, startedAtMs: nowMs });
      }
      if (grants.length === 0) {
        if (again !== undefined) nextMs = Math.max(again, nowMs + 1);
        break;
      }
    }
    if (arrived < jobs.length) nextMs = Math.min(nextMs, (jobs[arrived] as TraceJob).atMs);
    for (const { endMs } of running) nextMs = Math.min(nextMs, endMs);
    if (nextMs === Number.POSITIVE_INFINITY) break;
    // A job that takes no time ends in the moment in which it began.
    nowMs = Math.max(nowMs, Math.ceil(nextMs));
  }
  return [...times]
    .map(([name, started]) => ({ name, weight: settingsOf(name).weight, jobs: started }))
    .sort((a, b) => b.jobs.length - a.jobs.length);
}
