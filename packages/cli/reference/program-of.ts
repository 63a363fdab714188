import { createContext } from '../src/context.ts';
import { createProgram } from '../src/program.ts';

/** The commands, to be looked at and not to be run. */
export function programOf() {
  const sink = { write: () => true, once: () => {} };
  const stdin = (async function* () {})();
  const signal = new AbortController().signal;
  return createProgram(
    createContext({ env: {}, stdin, stdout: sink, stderr: sink, signal, nowMs: Date.now }),
    '0.0.0',
  );
}
