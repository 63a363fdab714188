import { bodyChunks, mediaType, methods } from '@fairlead/http';
import type { Router } from 'express';
import { acceptBatch } from '../batch/accept-batch.ts';
import { splitArray } from '../batch/split-array.ts';
import { splitLines } from '../batch/split-lines.ts';
import type { Intake, IntakeMetrics } from '../intake.ts';
import { MAX_JOB_BYTES } from '../job-input.ts';

export interface BatchRoutesParts {
  readonly intake: Intake;
  readonly metrics: Pick<IntakeMetrics, 'rejected'>;
}

const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
const BODY = { types: ['application/json', ...NDJSON], limitBytes: 64 * 1024 * 1024 };

const RULES = {
  maxItems: 10_000,
  lookAheadBytes: 4 * 1024 * 1024,
  chunk: 500,
};

/** Adding many jobs, of many workspaces, in one request: 207 with a result for each. */
export function batchRoutes(router: Router, { intake, metrics }: BatchRoutesParts): void {
  methods(router, '/v1/jobs\\:batch', {
    POST: async (req, res) => {
      const lines = NDJSON.includes(mediaType(req));
      const chunks = bodyChunks(req, BODY);
      const texts = lines ? splitLines(chunks, MAX_JOB_BYTES) : splitArray(chunks, MAX_JOB_BYTES);
      const answer = await acceptBatch(texts, intake, metrics, { ...RULES, itemsStandAlone: lines });
      res.status(207).json(answer);
    },
  });
}
