import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdFolder } from './leash.ts';

/** A new folder under the system's temporary one, removed by `remove`, or when this process dies before that. */
export function temporaryFolder(name: string): { path: string; remove: () => Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), `fairlead-${name}-`));
  const keep = holdFolder(path);
  const remove = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    keep();
  };
  return { path, remove };
}
