/**
 * What of an error goes into the log. Not the error itself: drivers hang the failed command with its
 * arguments on their errors, and those arguments are our clients' payloads.
 */
export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
}

const MAX_MESSAGE = 500;
const MAX_CAUSES = 3;

/** The fields of an error, or of anything else that was thrown. `stack` is left out where it is no news. */
export function errorFields(error: unknown, options: { readonly stack: boolean }, depth = 0): ErrorFields {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'something that is no Error was thrown' };
  const { code } = error as { code?: unknown };
  const message = error.message.slice(0, MAX_MESSAGE);
  return {
    type: error.name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(options.stack ? { stack: framesOf(error) } : {}),
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: errorFields(error.cause, options, depth + 1) }),
  };
}

/** The stack without its first lines, which repeat the message in full length. */
function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
