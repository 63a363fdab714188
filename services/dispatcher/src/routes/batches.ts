import { bodyChunks, type Handled, handle, mayEnter, mediaType } from '@fairlead/http';
import type { Admission } from '../admission.ts';
import { addJobs, NDJSON } from '../api/batches.ts';
import { acceptBatch } from '../batch/accept-batch.ts';
import { splitArray } from '../batch/split-array.ts';
import { splitLines } from '../batch/split-lines.ts';
import type { KeyRule } from '../idempotency.ts';
import type { Intake, IntakeMetrics } from '../intake.ts';
import { MAX_JOB_BYTES } from '../job-input.ts';
import { given, pressureHeader, pressureOnAll } from '../pressure/answers.ts';

export interface BatchRoutesParts {
  readonly intake: Intake;
  readonly metrics: Pick<IntakeMetrics, 'rejected'>;
  readonly admission: Pick<Admission, 'pressureOn'>;
  readonly keys: KeyRule;
}

const RULES = {
  maxItems: 10_000,
  lookAheadBytes: 4 * 1024 * 1024,
  chunk: 1_000,
};

/** Adding many jobs, of many workspaces, in one request: 207 with a result for each. */
export function batchRoutes({ intake, metrics, admission, keys }: BatchRoutesParts): Handled[] {
  return [
    handle(addJobs).by(async ({ principal, req }) => {
      const lines = NDJSON.includes(mediaType(req));
      const chunks = bodyChunks(req, addJobs.body);
      const texts = lines ? splitLines(chunks, MAX_JOB_BYTES) : splitArray(chunks, MAX_JOB_BYTES);
      const { answer, workspaces } = await acceptBatch(texts, intake, metrics, {
        ...RULES,
        keys,
        itemsStandAlone: lines,
        isThere: (workspace) => mayEnter(principal, workspace),
      });
      const pressure = pressureOnAll(workspaces, admission);
      return { status: 207, headers: pressureHeader(pressure), body: { ...answer, ...given(pressure) } };
    }),
  ];
}
