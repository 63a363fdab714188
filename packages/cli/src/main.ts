/** The command as a process: streams, signals and the exit code. */
import { EXIT } from './exit-codes.ts';
import { withLocalStack } from './local-stack.ts';
import { run } from './run.ts';

/** After Ctrl-C, for what is under way to end by itself. */
const GRACE_MS = 2_000;

const stop = new AbortController();
let stoppedBy: number | undefined;
for (const [signal, code] of [
  ['SIGINT', EXIT.interrupted],
  ['SIGTERM', EXIT.terminated],
] as const) {
  process.on(signal, () => {
    // Whoever asks twice means it.
    if (stoppedBy !== undefined) process.exit(code);
    stoppedBy = code;
    stop.abort();
    setTimeout(() => process.exit(code), GRACE_MS).unref();
    // Waiting for more input cannot be aborted otherwise.
    process.stdin.destroy();
  });
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // As of `fairlead jobs list acme | head -1`: nobody reads on.
    process.exit(error.code === 'EPIPE' ? EXIT.brokenPipe : EXIT.failed);
  });
}

const code = await run(process.argv.slice(2), {
  env: withLocalStack(process.env),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  nowMs: Date.now,
});
process.exitCode = stoppedBy ?? code;
// Standard input that was looked at would keep the process.
process.stdin.unref?.();
