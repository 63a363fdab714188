/**
 * Where a stack is and the keys to it, in a file of its folder that only its owner may read: with it `npx fairlead`
 * works in this clone without being told anything (packages/cli/src/local-stack.ts reads it). The stack that was started
 * last is the one that is asked; when it ends its file goes, and the one before it is asked again.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { holdFolder } from '../servers/leash.ts';
import { isRecordedProcessAlive } from '../servers/process-identity.ts';

export interface StackAccess {
  readonly url: string;
  readonly controllerUrl: string;
  readonly apiKey: string;
  readonly databaseUrl: string;
  /** Of a private Redis. The address of a given one, which may hold a password, is written nowhere. */
  readonly redisUrl?: string;
}

const FILE = 'access.json';

/** Writes the file of the stack with this folder; the returned function removes it. */
export function writeAccessFile(stackFolder: string, access: StackAccess): () => void {
  const file = join(stackFolder, FILE);
  const forget = holdFolder(file);
  // Whoever reads it meanwhile finds all of it or none.
  writeFileSync(`${file}.new`, `${JSON.stringify(access, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return () => {
    rmSync(file, { force: true });
    forget();
  };
}

/** The address of another stack that runs in this clone and was asked until now; of several the last. */
export function stackAskedBefore(stackFolder: string): string | undefined {
  const all = dirname(stackFolder);
  for (const name of readdirSync(all).sort().reverse()) {
    const file = join(all, name, FILE);
    if (name >= basename(stackFolder) || !existsSync(file)) continue;
    if (isRecordedProcessAlive(join(all, name, 'owner.pid')))
      return (JSON.parse(readFileSync(file, 'utf8')) as StackAccess).url;
  }
  return undefined;
}
