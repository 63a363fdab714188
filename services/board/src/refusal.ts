/**
 * The answers of the board's guards: problem documents from the one catalogue, as everywhere in Fairlead, with two
 * members more. Bull Board's page shows `error` and `message` of a failed call to the person who clicked.
 */
import { type ProblemDocument, problem, sendProblem } from '@fairlead/http';
import type { Response } from 'express';

export interface Refusal {
  readonly code: ProblemDocument['code'];
  readonly detail: string;
  readonly fix: string;
  readonly retryAfterSeconds?: number;
}

/** Ends the response with the problem document of the refusal. */
export function refuse(res: Response, { code, detail, ...extra }: Refusal): void {
  const document = problem(code, detail, extra);
  sendProblem(res, Object.assign(document, { error: document.title, message: `${detail} ${extra.fix}` }));
}
