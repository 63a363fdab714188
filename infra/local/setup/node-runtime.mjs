import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The oldest Node that the bootstrap itself runs on. */
export const OLDEST_BOOTSTRAP_NODE = [20, 0];

/** The oldest Node that the services run on: the OpenTelemetry SDK needs it. */
const OLDEST_NODE = [22, 15];

/** From here on Node runs TypeScript without being asked. */
const STRIPS_TYPES = [22, 18];

/**
 * The Node that runs the cluster: the one that the lockfile pins, or, where no such package exists for this system,
 * the machine's own if it is new enough. Throws with the fix when there is none.
 *
 * @param {string} root
 * @returns {{ command: string, args: string[], version: string }}
 */
export function findNode(root) {
  const pinned = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  for (const command of [pinned, process.execPath]) {
    const version = versionOf(command);
    if (version === undefined || !isAtLeast(version, OLDEST_NODE)) continue;
    const args = isAtLeast(version, STRIPS_TYPES)
      ? []
      : ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
    return { command, version, args: ['--conditions=development', ...args] };
  }
  throw new Error(
    `There is no Node ${OLDEST_NODE.join('.')} or newer here: this system (${process.platform} ${process.arch}) has no Node ` +
      `package of its own in the lockfile, and the Node in use is ${process.versions.node}. Install Node 24 and start again.`,
  );
}

/** @param {string} version @param {number[]} least */
export function isAtLeast(version, [major, minor]) {
  const [isMajor, isMinor] = version.split('.').map(Number);
  return isMajor > major || (isMajor === major && isMinor >= minor);
}

function versionOf(command) {
  if (command === process.execPath) return process.versions.node;
  if (!existsSync(command)) return undefined;
  const asked = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim().replace(/^v/, '') : undefined;
}
