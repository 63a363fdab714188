/** Ledger and scheduler in memory, as far as the dispatcher needs them. */
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_WORKSPACE_CONFIG, type FairleadError, type WorkspaceConfig } from '@fairlead/core';
import type { Settings, SettingsChange, UpdateOutcome, WorkspaceRecord } from '@fairlead/ledger';
import type { AddedJob, JobToAdd, JobView, WorkspaceCounts, WorkspaceSetting } from '@fairlead/scheduler';
import { seeded } from '@fairlead/testkit';

export function fakeRecord(slug: string, settings: Partial<Settings> = {}): WorkspaceRecord {
  return {
    slug,
    displayName: null,
    createdAt: new Date(0),
    settings: {
      weight: 1,
      concurrency: 'quota',
      ratePerSecond: null,
      burst: null,
      maxBacklog: 100_000,
      paused: false,
      draining: false,
      highQuotaEnabled: false,
      fairness: 'starts',
      version: 1,
      updatedAt: new Date(0),
      ...settings,
    } as Settings,
  };
}

export type FakeLedger = ReturnType<typeof fakeLedger>;

/** Counts its calls, fails on demand. */
export function fakeLedger() {
  const records = new Map<string, WorkspaceRecord>();
  let failure: FairleadError | undefined;
  let calls = 0;
  async function call(): Promise<void> {
    calls++;
    await turn();
    if (failure) throw failure;
  }
  function set(slug: string, change: SettingsChange): WorkspaceRecord {
    const record = records.get(slug) as WorkspaceRecord;
    const { displayName = record.displayName, ...settings } = change;
    const next = fakeRecord(slug, {
      ...record.settings,
      ...settings,
      version: record.settings.version + 1,
    } as Settings);
    records.set(slug, { ...next, displayName });
    return records.get(slug) as WorkspaceRecord;
  }
  return {
    calls: () => calls,
    fail(error: FairleadError | undefined) {
      failure = error;
    },
    /** Changes it behind everybody's back. */
    set,
    async ensure(slugs: readonly string[]): Promise<WorkspaceRecord[]> {
      await call();
      return slugs.map((slug) => {
        const record = records.get(slug) ?? fakeRecord(slug);
        records.set(slug, record);
        return record;
      });
    },
    async get(slug: string): Promise<WorkspaceRecord | undefined> {
      await call();
      return records.get(slug);
    },
    async list({ after = '', limit }: { after?: string; limit: number }): Promise<WorkspaceRecord[]> {
      await call();
      const sorted = [...records.values()].sort((a, b) => (a.slug < b.slug ? -1 : 1));
      return sorted.filter(({ slug }) => slug > after).slice(0, limit);
    },
    async update(slug: string, change: SettingsChange, expected?: number): Promise<UpdateOutcome> {
      await call();
      const record = records.get(slug);
      if (!record) return { outcome: 'not_found' };
      const { version } = record.settings;
      if (expected !== undefined && expected !== version) return { outcome: 'conflict', version };
      return { outcome: 'updated', record: set(slug, change) };
    },
  };
}

export type FakeScheduler = ReturnType<typeof fakeScheduler>;

/** Answers after some turns of the event loop; `shuffled` seeds how many. */
export function fakeScheduler(options: { shuffled?: number } = {}) {
  const configs = new Map<string, WorkspaceConfig>();
  const waiting = new Map<string, number>();
  const jobs = new Map<string, JobView>();
  const random = seeded(options.shuffled ?? 1);
  let failure: FairleadError | undefined;
  let generation = true;
  let counted = 0;
  async function call(): Promise<void> {
    const turns = options.shuffled === undefined ? 1 : random.integer(1, 6);
    for (let i = 0; i < turns; i++) await turn();
    if (failure) throw failure;
  }
  return {
    added: [] as JobToAdd[],
    config: (slug: string) => configs.get(slug) ?? DEFAULT_WORKSPACE_CONFIG,
    weights: () => Object.fromEntries([...configs].map(([slug, { weight }]) => [slug, weight])),
    counted: () => counted,
    fail(error: FairleadError | undefined) {
      failure = error;
    },
    setWaiting: (slug: string, count: number) => void waiting.set(slug, count),
    setJob: (job: JobView) => void jobs.set(`${job.workspace}/${job.id}`, job),
    loseGeneration() {
      generation = false;
      configs.clear();
    },
    ping: call,
    async configure(settings: readonly WorkspaceSetting[]): Promise<void> {
      await call();
      for (const { workspace, config } of settings) configs.set(workspace, config);
    },
    async hasGeneration(): Promise<boolean> {
      await call();
      return generation;
    },
    async writeGeneration(): Promise<void> {
      await call();
      generation = true;
    },
    async counts(slugs: readonly string[]): Promise<WorkspaceCounts[]> {
      counted++;
      await call();
      return slugs.map((workspace) => ({
        workspace,
        waiting: waiting.get(workspace) ?? 0,
        active: 0,
        delayed: 0,
        completed: 0,
        dead: 0,
        state: 'idle',
        recent: { starts: 0, allStarts: 0, allWeights: 0, windowMs: 0 },
        lag: 0,
        quota: 64,
        limits: { concurrency: 64, ratePerSecond: 0, burst: 0 },
      }));
    },
    async job(workspace: string, id: string): Promise<JobView | undefined> {
      await call();
      return jobs.get(`${workspace}/${id}`);
    },
    async add(toAdd: readonly JobToAdd[]): Promise<AddedJob[]> {
      await call();
      this.added.push(...toAdd);
      return toAdd.map(({ id, workspace, delayMs }) => {
        const position = (waiting.get(workspace) ?? 0) + 1;
        waiting.set(workspace, position);
        return {
          outcome: 'added',
          id,
          state: delayMs ? 'delayed' : 'waiting',
          position: delayMs ? 0 : position,
        };
      });
    },
  };
}

/** Nobody is refused. */
export const OPEN_ADMISSION = {
  refusal: () => undefined,
  refusalOf: () => undefined,
};
