import { FairleadError, type Policy, policyFrom } from '@fairlead/core';
import type { Context } from '../context.ts';
import { usage } from '../failure.ts';
import { readSource } from '../input/source.ts';

/** A policy from a file, or from standard input for "-". @throws Failure what is wrong with it, and where */
export async function readPolicy(context: Context, path: string): Promise<Policy> {
  const text = await readSource(context, path);
  const name = path === '-' ? 'standard input' : path;
  let part: unknown;
  try {
    part = JSON.parse(text);
  } catch (error) {
    throw usage(
      `${name} is no JSON (${(error as Error).message}).`,
      'fairlead policy show --json prints a policy to begin with.',
    );
  }
  try {
    return policyFrom(part);
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    throw usage(
      `${name}: ${error.message}`,
      `${error.fix === undefined ? '' : `${error.fix} `}fairlead policy show has all settings.`,
    );
  }
}
