/**
 * Where redis-server comes from. No npm package brings one, so: the one on the PATH, or, as root on Debian and its
 * kin, apt-get. Debian would start a Redis of its own on port 6379 right after unpacking; a policy that forbids it
 * stands in the way for as long as the installation takes, and nothing of ours ever talks to 6379.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { startOwnedProcess } from './owned-process.ts';

const OLDEST_MAJOR = 7;
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** What the installation needs to know of and do to the system; replaced in tests. */
export interface System {
  readonly isRoot: boolean;
  readonly hasAptGet: boolean;
  /** What `redis-server --version` says; `undefined` when there is none. */
  readonly redisVersion: () => Promise<string | undefined>;
  /** Runs a command line by line; the outcome is whether it ended with 0, and its last lines. */
  readonly run: (command: string, args: string[], onLine: (line: string) => void) => Promise<RunOutcome>;
  /** Forbids the start of services by package scripts, until the returned function is called. */
  readonly forbidServices: () => () => void;
}
export type RunOutcome = { ok: boolean; lastLines: string[] };

/**
 * Makes sure that there is a `redis-server` 7.0 or newer on the PATH, and gives its version. Throws with the fix
 * when there is none and none can be installed.
 *
 * @param say gets a line of progress now and then while it installs
 */
export async function ensureRedisServer(
  say: (line: string) => void,
  system: System = thisSystem(),
): Promise<string> {
  const found = await system.redisVersion();
  if (found !== undefined && Number.parseInt(found, 10) >= OLDEST_MAJOR) return found;
  const what =
    found === undefined ? 'There is no redis-server on the PATH' : `redis-server ${found} is too old`;
  if (!system.hasAptGet || !system.isRoot) throw new Error(`${what}. ${howToInstall(system)}`);

  say('installing redis-server with apt-get');
  const last = await aptInstall(system, say);
  const installed = await system.redisVersion();
  if (installed !== undefined && Number.parseInt(installed, 10) >= OLDEST_MAJOR) return installed;
  throw new Error(`${what}, and apt-get did not bring it:\n  ${last.join('\n  ')}\n${howToInstall(system)}`);
}

async function aptInstall(system: System, say: (line: string) => void): Promise<string[]> {
  const install = [
    'install',
    '-y',
    '--no-install-recommends',
    '-o',
    'DPkg::Lock::Timeout=120',
    'redis-server',
  ];
  const allowServices = system.forbidServices();
  try {
    let installed = await system.run('apt-get', install, say);
    if (!installed.ok) {
      // A fresh image has no package lists.
      await system.run('apt-get', ['update', '-o', 'DPkg::Lock::Timeout=120'], say);
      installed = await system.run('apt-get', install, say);
    }
    // Nor shall the next boot bring up a Redis that nobody asked for.
    if (installed.ok) await system.run('update-rc.d', ['redis-server', 'disable'], () => {});
    return installed.lastLines;
  } finally {
    allowServices();
  }
}

function howToInstall(system: System): string {
  const how = system.hasAptGet
    ? 'Install it with "sudo apt-get install redis-server"'
    : 'Install Redis 7.0 or newer (macOS: "brew install redis"; see https://redis.io/docs/latest/operate/oss_and_stack/install/)';
  return `${how}, or set REDIS_URL to a Redis that the stack may use.`;
}

function thisSystem(): System {
  return {
    isRoot: process.getuid?.() === 0,
    hasAptGet: existsSync('/usr/bin/apt-get'),
    redisVersion: async () => {
      try {
        const { stdout } = await promisify(execFile)('redis-server', ['--version']);
        return /v=([\d.]+)/.exec(stdout)?.[1];
      } catch {
        return undefined;
      }
    },
    run: async (command, args, onLine) => {
      const child = await startOwnedProcess({
        command,
        args,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stopSignal: 'SIGTERM',
        onLine,
      });
      const { code } = await child.exited;
      return { ok: code === 0, lastLines: child.lastLines().slice(-12) };
    },
    forbidServices: () => {
      // Images of containers have such a file already, and it forbids too.
      if (existsSync(POLICY_FILE)) return () => {};
      writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
      return () => rmSync(POLICY_FILE, { force: true });
    },
  };
}
