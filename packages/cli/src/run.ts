import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { type Context, createContext, type Io } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { createProgram } from './program.ts';

/** Runs one command line, without the program's name. Never rejects: what went wrong is told on standard error. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const context = createContext(io);
  try {
    await createProgram(context, version()).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // The parser has told its own errors already, and help is none.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return tell(context, error);
  }
}

async function tell({ err, signal }: Context, error: unknown): Promise<ExitCode> {
  const interrupted = new Failure(EXIT.interrupted, 'Interrupted.');
  const failure = error instanceof Failure ? error : signal.aborted ? interrupted : undefined;
  const message = failure?.message ?? `This is a defect of fairlead: ${(error as Error)?.stack ?? error}`;
  await err.write(`${err.paint('red', 'error:')} ${printable(message)}\n`);
  if (failure?.fix !== undefined)
    await err.write(`${err.paint('green', 'fix:')} ${printable(failure.fix)}\n`);
  return failure?.exitCode ?? EXIT.failed;
}

/** Our own line breaks stay. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]|\p{Cf}/gu, '\ufffd');
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
