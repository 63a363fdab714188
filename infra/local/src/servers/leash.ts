/**
 * No orphans, however this process ends.
 *
 * A child that this process starts runs in a session of its own, so that Ctrl-C in the terminal reaches us alone and
 * we can stop things in order. The price would be orphans when we die without a chance to stop them (SIGKILL, a
 * crash, a closed terminal). So a tiny shell (leash.sh) waits on a pipe from us; the kernel closes the pipe when
 * we are gone, and the shell ends what we still held. Exit hooks were rejected: they do not run on SIGKILL.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const GRACE_SECONDS = 10;

let shell: ChildProcessByStdio<Writable, null, null> | undefined;

/** Ends `pid` by `signal` should this process die first. Call the returned function once `pid` has ended. */
export function holdProcess(pid: number, signal: NodeJS.Signals): () => void {
  tell(`hold ${pid} ${signal.replace(/^SIG/, '')}`);
  return () => tell(`drop ${pid}`);
}

/** Removes `folder` should this process die first. Call the returned function once it is removed, or to keep it. */
export function holdFolder(folder: string): () => void {
  tell(`trash ${folder}`);
  return () => tell(`keep ${folder}`);
}

function tell(line: string): void {
  shell ??= startShell();
  shell.stdin.write(`${line}\n`);
}

function startShell() {
  const started = spawn(
    'sh',
    [fileURLToPath(new URL('./leash.sh', import.meta.url)), String(GRACE_SECONDS)],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
    },
  );
  // It must not keep us alive, and should it be killed by somebody there is nothing to be done about it.
  started.unref();
  (started.stdin as unknown as { unref?: () => void }).unref?.();
  started.on('error', () => {});
  started.stdin.on('error', () => {});
  return started;
}
