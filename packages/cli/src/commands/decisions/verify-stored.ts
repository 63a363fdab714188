import type { Verification } from '@fairlead/core';
import type { Context } from '../../context.ts';
import { openProgress } from '../../output/progress.ts';
import type { Subject } from './stored.ts';

/** Differences that are kept: where there are more, nobody reads them, and memory has an end. */
const MOST_KEPT = 10_000;

export interface StoredVerification extends Verification {
  /** Differences that were found and are not among those. */
  readonly moreDifferences: number;
}

/** What the controller has about a subject, or about all of them, taken again by it. */
export async function verifyStored(
  context: Context,
  only: Subject | undefined,
  mostKept = MOST_KEPT,
): Promise<StoredVerification> {
  if (only !== undefined) {
    const { ok: _, ...found } = await context.askController((api) => api.verifyDecisions({ body: only }));
    return { ...(found as Verification), moreDifferences: 0 };
  }
  const progress = openProgress(context.err);
  const sum = { recomputed: 0, otherVersion: 0, subjects: 0, moreDifferences: 0 };
  const differences: Verification['differences'][number][] = [];
  try {
    // One page after the other: the controller that takes them again may be the one that leads.
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const body = cursor === undefined ? {} : { cursor };
      const found = await context.askController((api) => api.verifySubjects({ body }));
      sum.recomputed += found.recomputed;
      sum.otherVersion += found.otherVersion;
      sum.subjects += found.subjects;
      const kept = (found as Verification).differences.slice(0, mostKept - differences.length);
      differences.push(...kept);
      sum.moreDifferences += found.differences.length - kept.length;
      cursor = found.nextCursor;
      progress.say(
        `taken again: ${sum.recomputed.toLocaleString('en')} decisions of ${sum.subjects.toLocaleString('en')} subjects`,
      );
    }
  } finally {
    progress.clear();
  }
  return { ...sum, differences };
}
