import { Option } from '@commander-js/extra-typings';
import { DEFAULT_POLICY, type Policy, type ReadLog, readDecisionLog } from '@fairlead/core';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { readSource } from '../input/source.ts';
import { readPolicy } from '../policy/read.ts';
import { sha256 } from './sha256.ts';

/** What every command on logs takes. */
export const LOG = 'a decision log, or - for standard input';

/** For records alone, which name their policies by hash. */
export const policyOption = () =>
  new Option(
    '--policy <file>',
    'a policy that records alone were decided by; may be given more than once; the default is known',
  ).argParser((file: string, files: readonly string[] | undefined) => [...(files ?? []), file]);

/** The policies of such an option, and the default. */
export async function policiesAtHand(
  context: Context,
  files: readonly string[] | undefined,
): Promise<readonly Policy[]> {
  return [DEFAULT_POLICY, ...(await Promise.all((files ?? []).map((file) => readPolicy(context, file))))];
}

/**
 * A decision log to look into, from a file or "-". One that is not as it was written is told on standard error and read
 * all the same: what is left of it may be what somebody needs.
 *
 * @throws Failure when it is no decision log
 */
export async function openLog(
  context: Context,
  path: string,
  atHand: readonly Policy[] = [],
): Promise<Extract<ReadLog, { outcome: 'log' }>> {
  const { err } = context;
  const read = readDecisionLog(await readSource(context, path), sha256, atHand);
  if (read.outcome === 'malformed') {
    throw new Failure(EXIT.failed, `${path}: ${read.why}`, {
      fix: 'fairlead simulate --scenario day --json FILE writes one.',
    });
  }
  if (read.damage.length > 0) {
    await err.write(
      `${err.paint('yellow', 'warning:')} ${read.damage[0]?.words} fairlead decisions verify says more.\n`,
    );
  }
  return read;
}

/** When a decision was taken, as ISO 8601; what is no time is "?". */
export function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString();
}
