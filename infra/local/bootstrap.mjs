/**
 * The first program of `npm start` and `npm test`. It runs on any Node from 20 on with nothing installed: installs what
 * the lockfile pins, finds the right Node, and hands over to src/main.ts or src/test.ts. So no dependencies here.
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCommandLine } from './setup/flags.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { findNode, isAtLeast, OLDEST_BOOTSTRAP_NODE } from './setup/node-runtime.mjs';
import { runMain } from './setup/run-main.mjs';
import { createSteps } from './setup/steps.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..');

process.exitCode = await bootstrap(process.argv.slice(2));

/** @param {string[]} args */
async function bootstrap(args) {
  const parsed = parseCommandLine(args);
  if (parsed.outcome === 'help') {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.outcome === 'wrong') {
    process.stderr.write(`${parsed.message} See npm start -- --help.\n`);
    return 2;
  }
  if (!isAtLeast(process.versions.node, OLDEST_BOOTSTRAP_NODE)) {
    process.stderr.write(
      `Node ${process.versions.node} is too old. Install Node ${OLDEST_BOOTSTRAP_NODE[0]} or newer.\n`,
    );
    return 2;
  }
  return install()
    .then(() => handOver(parsed.outcome, args.slice(1)))
    .catch(explain);
}

/** Installs; a signal meanwhile ends the installation and us. */
async function install() {
  const children = new Set();
  const end = (signal) => {
    for (const child of children) child.kill(signal);
    process.stdout.write('\n');
    process.exit(130);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const onChild = (child) => {
    children.add(child);
    child.once('close', () => children.delete(child));
  };
  try {
    await ensureInstalled({ root, steps: createSteps(), onChild });
  } finally {
    process.removeListener('SIGINT', end);
    process.removeListener('SIGTERM', end);
  }
}

/** @param {'start' | 'test'} command @param {string[]} args */
async function handOver(command, args) {
  const node = findNode(root);
  const file = command === 'start' ? 'main.ts' : 'test.ts';
  return runMain({
    command: node.command,
    args: [...node.args, resolve(here, 'src', file), ...args],
    cwd: process.env.INIT_CWD ?? process.cwd(),
    env: process.env,
  });
}

/** @param {Error} error */
function explain(error) {
  process.stderr.write(`\n${error.message}\n`);
  return 1;
}
