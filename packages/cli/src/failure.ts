import { EXIT, type ExitCode } from './exit-codes.ts';

/** Ends the command: what is wrong, what helps, and the exit code. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly fix: string | undefined;

  constructor(exitCode: ExitCode, message: string, options: { fix?: string | undefined } = {}) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
    this.fix = options.fix;
  }
}

/** The command says something that cannot be. */
export function usage(message: string, fix?: string): Failure {
  return new Failure(EXIT.usage, message, { fix });
}
