import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdFolder } from '../servers/leash.ts';
import { canReach, postgresUser } from '../servers/postgres-files.ts';
import { isRecordedProcessAlive, recordProcess } from '../servers/process-identity.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';

export interface StackFolder {
  readonly path: string;
  readonly logs: string;
  readonly redisData: string;
  readonly postgresData: string;
  /** Removes the data; the logs stay when they are worth reading. */
  readonly close: (options: { keepLogs: boolean }) => Promise<void>;
}

/** Logs of earlier runs that are kept. */
const KEPT_RUNS = 5;

/**
 * A folder for one running stack, so that two can run side by side: data for as long as it runs, and logs. Removes
 * what stacks that died before left there, but for the logs of the last few.
 */
export function openStackFolder(root: string, now: Date): StackFolder {
  const all = join(root, '.fairlead', 'stacks');
  mkdirSync(all, { recursive: true });
  removeOldRuns(all);
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  const path = join(all, `${stamp}-${process.pid}`);
  const logs = join(path, 'logs');
  const redisData = join(path, 'redis');
  mkdirSync(logs, { recursive: true });
  recordProcess(join(path, 'owner.pid'), process.pid);

  // Root's PostgreSQL runs as another user, who cannot walk into a clone below /root.
  const wanted = join(path, 'postgres');
  const elsewhere = canReach(postgresUser(), wanted) ? undefined : temporaryFolder('postgres');
  const postgresData = elsewhere?.path ?? wanted;
  const forget = [redisData, wanted].map(holdFolder);
  return {
    path,
    logs,
    redisData,
    postgresData,
    close: async ({ keepLogs }) => {
      await elsewhere?.remove();
      const gone = keepLogs ? [redisData, wanted, join(path, 'owner.pid')] : [path];
      for (const folder of gone) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      for (const release of forget) release();
    },
  };
}

function removeOldRuns(all: string): void {
  const dead = readdirSync(all)
    .sort()
    .filter((name) => !isRecordedProcessAlive(join(all, name, 'owner.pid')));
  for (const name of dead.slice(0, Math.max(0, dead.length - KEPT_RUNS))) {
    rmSync(join(all, name), { recursive: true, force: true });
  }
  for (const name of dead.slice(-KEPT_RUNS)) {
    for (const data of ['redis', 'postgres']) {
      const folder = join(all, name, data);
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    }
  }
}
