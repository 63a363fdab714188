/**
 * Settings on their way from the ledger to the scheduler.
 *
 * The ledger decides: each change counts a version up. What may go wrong is the order in which versions
 * reach Redis, since several dispatchers write there: one reads version 4, another changes it to 5 and
 * writes 5, then the first writes its 4. So whoever writes looks at the ledger again afterwards, and writes
 * anew when there is a newer version. The last writer always looks last, so the newest version stays.
 *
 * What could not be written, because Redis or Postgres was away, is remembered and tried again. Should this
 * process end before, the next one writes all settings when it starts.
 */
import type { WorkspaceConfig } from '@fairlead/core';
import type { WorkspaceRecord } from '@fairlead/ledger';
import type { WorkspaceSetting } from '@fairlead/scheduler';
import { configOf } from './workspace-output.ts';

export interface SettingsSyncPorts {
  readonly scheduler: { configure(settings: readonly WorkspaceSetting[]): Promise<void> };
  readonly ledger: { ensure(slugs: readonly string[]): Promise<readonly WorkspaceRecord[]> };
  /** What the workspace is served by; a rollout may say otherwise than its setting. */
  readonly fairnessOf?: (record: WorkspaceRecord) => WorkspaceConfig['fairness'];
}

export interface SettingsSync {
  /** Resolves when the scheduler has what the ledger has. Rejects with the fault, and tries again later. */
  push(records: readonly WorkspaceRecord[]): Promise<void>;
  /** Tries what failed before. */
  retry(): Promise<void>;
  /** How many workspaces wait for a retry. */
  waiting(): number;
}

export function createSettingsSync({
  scheduler,
  ledger,
  fairnessOf = ({ settings }) => settings.fairness,
}: SettingsSyncPorts): SettingsSync {
  const unsure = new Set<string>();

  async function write(records: readonly WorkspaceRecord[]): Promise<void> {
    let current = records;
    while (current.length > 0) {
      await scheduler.configure(
        current.map((record) => ({
          workspace: record.slug,
          config: { ...configOf(record.settings), fairness: fairnessOf(record) },
        })),
      );
      const written = new Map(current.map((record) => [record.slug, record.settings.version]));
      const now = await ledger.ensure([...written.keys()]);
      current = now.filter((record) => record.settings.version !== written.get(record.slug));
    }
  }

  async function push(records: readonly WorkspaceRecord[]): Promise<void> {
    try {
      await write(records);
      for (const { slug } of records) unsure.delete(slug);
    } catch (error) {
      for (const { slug } of records) unsure.add(slug);
      throw error;
    }
  }

  return {
    push,
    async retry() {
      if (unsure.size > 0) await push(await ledger.ensure([...unsure]));
    },
    waiting: () => unsure.size,
  };
}
