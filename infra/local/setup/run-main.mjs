import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Runs the real program under the right Node and passes on its exit code and our signals.
 *
 * One Ctrl-C may arrive several times: from the terminal, which signals every process of the foreground group, and
 * again from npm, which forwards. The program counts signals that come close together as one, so passing on is safe,
 * and needed when only we were signalled. Should we be killed, the closed IPC channel tells the program to stop.
 *
 * @param {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code
 */
export function runMain({ command, args, cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    watchParents(() => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
  });
}

/**
 * npm that is killed outright (a test harness that ran out of patience) cannot forward anything, and its shell lives
 * on. So look whether our parent, or its parent when that is npm's shell, has changed: then nobody waits for us.
 *
 * @param {() => void} onGone
 */
function watchParents(onGone) {
  if (process.platform !== 'linux' || process.env.npm_lifecycle_event === undefined) return;
  const parents = () => {
    const shell = statusOf(process.ppid);
    return shell?.name === 'sh' ? `${process.ppid} ${shell.parent}` : `${process.ppid}`;
  };
  const first = parents();
  setInterval(() => {
    if (parents() !== first) onGone();
  }, 1_000).unref();
}

function statusOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const nameEnd = stat.lastIndexOf(')');
    return {
      name: stat.slice(stat.indexOf('(') + 1, nameEnd),
      parent: stat.slice(nameEnd + 2).split(' ')[1],
    };
  } catch {
    return undefined;
  }
}
