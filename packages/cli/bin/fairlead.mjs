#!/usr/bin/env node
/**
 * Runs the sources as they are. Plain JavaScript that any Node from 20 on can read: under one that cannot run
 * TypeScript, the Node that the repository pins takes over. (`npx fairlead` runs under that one from the start.)
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

// Half of the time to start is compiling.
module.enableCompileCache?.();

if (process.features.typescript && module.registerHooks) {
  // Our packages offer their sources under the condition "development".
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['development', ...context.conditions] }),
  });
  await import('../src/main.ts');
} else {
  runPinnedNode();
}

function runPinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `error: Node ${process.versions.node} is too old, and the repository's own is not installed.\n` +
        'fix: Run npm start once, which installs it, or use Node 24.\n',
    );
    process.exitCode = 2;
    return;
  }
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
