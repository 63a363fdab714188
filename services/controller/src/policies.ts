/** The policy that decisions are taken by, and what it is called. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BASE_QUOTA, FairleadError, type Hash, type Policy, policyFrom, policyHash } from '@fairlead/core';
import type { NamedPolicy } from './decide/decision-making.ts';
import type { Policies } from './loop/leader.ts';

export const sha256: Hash = (bytes) => hash('sha256', bytes, 'hex');

/**
 * Reads the policy of a file; undefined: the default. Advice when to come again follows the time between two ticks
 * unless the file says otherwise.
 *
 * @throws FairleadError CONFIG_INVALID with what is wrong with it
 */
export async function readPolicy(file: string | undefined, tickMs: number): Promise<Policy> {
  const part = file === undefined ? {} : await readPart(file);
  const { backpressure } = part as { readonly backpressure?: unknown };
  const isObject = typeof backpressure === 'object' && backpressure !== null && !Array.isArray(backpressure);
  const policy = policyFrom(
    backpressure === undefined || isObject
      ? { ...part, backpressure: { tickMs, ...(backpressure as object) } }
      : part,
  );
  if (policy.promotion.baseQuota !== BASE_QUOTA) {
    throw new FairleadError('CONFIG_INVALID', `The policy's /promotion/baseQuota is not ${BASE_QUOTA}.`, {
      fix: `It is what every workspace has that was never promoted: leave it out, and set quotas of single workspaces.`,
    });
  }
  return policy;
}

/** A policy under its name, and the same without promotions. */
export function policiesOf(policy: Policy): Policies {
  const named = (of: Policy): NamedPolicy => ({ policy: of, hash: policyHash(of, sha256) });
  return {
    policy: named(policy),
    withoutPromotion: named({ ...policy, promotion: { ...policy.promotion, enabled: false } }),
  };
}

async function readPart(file: string): Promise<object> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(
      `FAIRLEAD_POLICY names a file that cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  try {
    const part: unknown = JSON.parse(text);
    // A whole policy that is no object is refused by policyFrom in its words.
    return typeof part === 'object' && part !== null && !Array.isArray(part)
      ? part
      : (policyFrom(part) as never);
  } catch (error) {
    if (error instanceof FairleadError) throw error;
    throw invalid(`FAIRLEAD_POLICY names a file that is no JSON: ${(error as Error).message}.`);
  }
}

function invalid(message: string): FairleadError {
  return new FairleadError('CONFIG_INVALID', message, {
    fix: 'Give a JSON object with the settings that are to differ from the default policy.',
  });
}
