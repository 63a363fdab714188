import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runQuietly } from './run-quietly.mjs';

/**
 * Brings node_modules to what the lockfile says, and the generated database client to its schema. Each has a stamp of
 * what it was made from, so that a second start does nothing. Two starts at once take turns.
 *
 * @param {{ root: string, steps: import('./steps.d.mts').Steps, onChild?: (child: import('node:child_process').ChildProcess) => void }} options
 */
export async function ensureInstalled({ root, steps, onChild }) {
  const installStamp = join(root, 'node_modules', '.fairlead-install');
  const generateStamp = join(root, 'node_modules', '.fairlead-generate');
  const isInstalled = () => stampOf(installStamp) === installMark(root);
  const isGenerated = () => stampOf(generateStamp) === generateMark(root);
  if (isInstalled() && isGenerated()) return;

  const unlock = await takeLock(root, steps);
  try {
    if (!isInstalled()) {
      await install(root, steps, onChild);
      writeFileSync(installStamp, installMark(root));
    }
    if (!isGenerated()) {
      await generate(root, steps, onChild);
      writeFileSync(generateStamp, generateMark(root));
    }
  } finally {
    unlock();
  }
}

/**
 * For every pnpm that we run. CI: ask nothing. pm_on_fail: a registry that does not offer the pinned pnpm as a
 * package manager (a mirror, say) is no reason to refuse a frozen lockfile; npx has fetched that very version.
 */
export function pnpmEnvironment() {
  return { ...process.env, CI: 'true', pnpm_config_pm_on_fail: 'ignore' };
}

async function install(root, steps, onChild) {
  const step = steps.step(
    'packages',
    'installing what the lockfile pins (the first time takes about a minute)',
  );
  const args = ['--yes', packageManager(root), 'install', '--frozen-lockfile', '--reporter=append-only'];
  try {
    await runQuietly('npx', args, { cwd: root, env: pnpmEnvironment(), step, onChild });
  } catch (error) {
    step.failed('could not be installed');
    throw error;
  }
  step.done('installed from the lockfile');
}

async function generate(root, steps, onChild) {
  const step = steps.step('db client', 'generating it from the schema');
  const args = ['--yes', packageManager(root), '--filter', '@fairlead/ledger', 'run', 'generate'];
  try {
    await runQuietly('npx', args, { cwd: root, env: pnpmEnvironment(), step, onChild });
  } catch (error) {
    step.failed('could not be generated');
    throw error;
  }
  step.done('generated from the schema');
}

/** `pnpm@1.2.3`, from the root package.json, so that the version stands in one place. */
export function packageManager(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('+')[0];
}

function stampOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function installMark(root) {
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => join(root, name));
  return `${process.platform}-${process.arch} ${root} ${hashOf(files)}`;
}

/** Of the schema and what turns it into code. Without generated code there is no mark, whatever the stamp says. */
function generateMark(root) {
  const ledger = join(root, 'packages', 'ledger');
  const prisma = join(ledger, 'prisma');
  const schemas = readdirSync(prisma).filter((name) => name.endsWith('.prisma'));
  const files = [
    join(ledger, 'prisma.config.ts'),
    join(ledger, 'package.json'),
    ...schemas.map((name) => join(prisma, name)),
  ];
  const made = existsSync(join(ledger, 'src', 'generated')) ? 'made' : 'missing';
  return `${made} ${hashOf([...files, join(root, 'pnpm-lock.yaml')])}`;
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(existsSync(file) ? readFileSync(file) : '');
  return hash.digest('hex');
}

/** A folder is made by one process only. One whose owner is gone is taken over. */
async function takeLock(root, steps) {
  const lock = join(root, '.fairlead', 'install.lock');
  mkdirSync(join(root, '.fairlead'), { recursive: true });
  let waiting;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      waiting?.done('another start has finished its own');
      return () => rmSync(lock, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
      else {
        waiting ??= steps.step('waiting', 'another start is installing');
        await sleep(200);
      }
    }
  }
}

function isAbandoned(lock) {
  try {
    const file = join(lock, 'pid');
    // Between making the folder and writing the pid there is a moment.
    if (!existsSync(file)) return Date.now() - statSync(lock).mtimeMs > 5_000;
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
