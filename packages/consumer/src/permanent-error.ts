const PERMANENT = Symbol.for('fairlead.permanent');

/**
 * Thrown by a handler when trying again cannot help: the job becomes a dead letter at once, whatever
 * attempts it has left.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly [PERMANENT] = true;
}

/**
 * Whether an error forbids a retry. By brand and not by class, since a handlers file may carry its own copy of this package;
 * BullMQ's UnrecoverableError is understood too.
 */
export function isPermanent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    return PERMANENT in error || (error as { name?: unknown }).name === 'UnrecoverableError';
  } catch {
    // A proxy or a getter that throws: it says nothing.
    return false;
  }
}
