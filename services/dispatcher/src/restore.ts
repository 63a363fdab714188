/** Brings the scheduler to what the ledger says of all workspaces, a page at a time. */
import type { WorkspaceRecord } from '@fairlead/ledger';
import type { SettingsSync } from './settings-sync.ts';

export interface SettingsPages {
  list(options: { after?: string; limit: number }): Promise<readonly WorkspaceRecord[]>;
}

const PAGE = 500;

/**
 * Pushes every workspace's settings; workspaces that are created meanwhile are pushed by whoever creates
 * them. Rejects with the fault when Redis or Postgres goes away.
 */
export async function pushAllSettings(
  workspaces: SettingsPages,
  sync: Pick<SettingsSync, 'push'>,
): Promise<number> {
  let pushed = 0;
  let after: string | undefined;
  for (;;) {
    const page = await workspaces.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    await sync.push(page);
    pushed += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return pushed;
    after = last.slug;
  }
}
