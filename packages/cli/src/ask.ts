/** What goes wrong between us and a service, as the failure that ends the command. */
import { ApiProblem, NoAnswerError, StrangeAnswerError } from '@fairlead/client';
import { DISPATCHER } from './config.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** For one request; a batch of a thousand jobs takes a fraction of it. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** As far as words need it. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
}

/** A problem in words; its code is what others have written about it under. */
export function describeProblem({ code, detail }: Problem): string {
  return `${detail} (${code})`;
}

/** The failure for what a call of the client rejected with. */
export function asFailure(error: unknown, { name, setting } = DISPATCHER): unknown {
  if (error instanceof ApiProblem) {
    const { retryAfterSeconds: seconds } = error;
    const again = seconds === undefined ? undefined : `Try again in ${seconds} s.`;
    return new Failure(exitCodeOf(error.status), describeProblem(error.document), {
      fix:
        [fixHere(error.document.code, name, setting) ?? error.fix, again]
          .filter((part) => part !== undefined)
          .join(' ') || undefined,
    });
  }
  if (error instanceof StrangeAnswerError) {
    const { status } = error;
    return new Failure(status < 400 ? EXIT.unavailable : exitCodeOf(status), `${error.message}.`, {
      fix: `Set ${setting} to the address of a ${name}, and look at what stands between.`,
    });
  }
  if (!(error instanceof NoAnswerError)) return error;
  const cause = error.cause as Error | undefined;
  if (cause?.name === 'AbortError') return new Failure(EXIT.interrupted, 'Interrupted.');
  if (cause?.name === 'TimeoutError') {
    return new Failure(EXIT.unavailable, `There was no answer within ${REQUEST_TIMEOUT_MS / 1_000} s.`, {
      fix: `Look at the log of the ${name}. Whether the request was carried out is not known.`,
    });
  }
  return new Failure(EXIT.unavailable, `There is ${error.message}.`, {
    fix: `Start the ${name} (npm start), or set ${setting} to the address that it listens on.`,
  });
}

/** Where the API's own words help those who write programs, and not who types a command. */
function fixHere(code: string, name: string, setting: string): string | undefined {
  if (code === 'UNAUTHENTICATED') return 'Set FAIRLEAD_API_KEY to a key of this cluster that is not revoked.';
  // No command asks for a path that its service does not have.
  if (code === 'NOT_FOUND')
    return `Set ${setting} to the address of a ${name}: something else answers there.`;
  return undefined;
}
