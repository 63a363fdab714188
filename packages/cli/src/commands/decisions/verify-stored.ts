import type { Verification } from '@fairlead/core';
import type { Context } from '../../context.ts';
import { openProgress } from '../../output/progress.ts';
import type { Subject } from './stored.ts';

/** Subjects at a time: each is a request that the controller works on for some milliseconds. */
const AT_ONCE = 4;
const PAGE = 1_000;

/** What the controller has about a subject, or about all of them, taken again by it. */
export async function verifyStored(context: Context, only: Subject | undefined): Promise<Verification> {
  if (only !== undefined) {
    const { ok: _, ...found } = await context.askController((api) => api.verifyDecisions({ body: only }));
    return found as Verification;
  }
  const progress = openProgress(context.err);
  const sum = { recomputed: 0, otherVersion: 0, subjects: 0 };
  const differences: Verification['differences'][number][] = [];
  const take = async ({ kind, subject }: Subject) => {
    const found = await context.askController((api) => api.verifyDecisions({ body: { kind, subject } }));
    sum.recomputed += found.recomputed;
    sum.otherVersion += found.otherVersion;
    sum.subjects += found.subjects;
    differences.push(...(found as Verification).differences);
    progress.say(`decisions taken again: ${sum.recomputed.toLocaleString('en')}`);
  };
  try {
    let cursor: string | undefined;
    do {
      const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
      const page = await context.askController((api) => api.listSubjects(query));
      const left = page.subjects.values();
      // All take from one iterator: whoever is done takes the next.
      const worker = async () => {
        for (const subject of left) await take(subject);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  } finally {
    progress.clear();
  }
  return { ...sum, differences };
}
