import { spawn } from 'node:child_process';

/** Warnings about the user's own npm settings: true, but not ours to show. */
const NOISE = /^npm (warn|notice)/i;

/**
 * Runs a command and shows only its latest line, as the note of a step. Rejects with the end of its output when it
 * fails, so that nothing is hidden when it matters.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, step: import('./steps.d.mts').Step, onChild?: (child: import('node:child_process').ChildProcess) => void }} options
 * @returns {Promise<void>}
 */
export function runQuietly(command, args, { cwd, env, step, onChild }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npx is a script on Windows.
      shell: process.platform === 'win32',
    });
    onChild?.(child);
    const lines = [];
    const take = (chunk) => {
      for (const line of chunk.toString().split(/[\r\n]+/)) {
        const text = line.trim();
        if (text === '' || NOISE.test(text)) continue;
        lines.push(text);
        if (lines.length > 60) lines.shift();
        step.note(text);
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`"${command} ${args.join(' ')}" ended with ${signal ?? code}:\n  ${lines.join('\n  ')}`),
        );
    });
  });
}
