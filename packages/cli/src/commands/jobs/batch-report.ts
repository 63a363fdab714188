import { describeProblem, type Problem } from '../../ask.ts';
import type { Context } from '../../context.ts';
import type { Line } from '../../input/lines.ts';
import { clean } from '../../output/clean.ts';

/** One result of the API. */
export type BatchResult =
  | { readonly index: number; readonly status: number; readonly id: string; readonly state: string }
  | { readonly index: number; readonly status: number; readonly problem: Problem };

export interface BatchReport {
  readonly accepted: number;
  readonly refused: number;
  add(line: Line, result: BatchResult): Promise<void>;
  close(): Promise<void>;
}

/** Refusals told one by one; a file of a million wrong lines should not drown what counts. */
const TOLD = 20;

/**
 * Tells the results while they come: with --json one document in the shape of the API's, `index` counted through the
 * file's jobs; in a pipe a line each (line, outcome, id or code); refusals in words on standard error.
 */
export async function createReport({ out, err }: Context, json: true | undefined): Promise<BatchReport> {
  let accepted = 0;
  let refused = 0;
  if (json) await out.write('{"results":[');

  return {
    get accepted() {
      return accepted;
    },
    get refused() {
      return refused;
    },
    async add(line, result) {
      const index = accepted + refused;
      const ok = 'id' in result;
      if (ok) accepted++;
      else refused++;
      const outcome = !ok ? 'refused' : result.status === 200 ? 'duplicate' : 'accepted';
      if (json) await out.write(`${index === 0 ? '' : ','}\n  ${JSON.stringify({ ...result, index })}`);
      else if (!out.live) {
        await out.write(`${line.number}\t${outcome}\t${ok ? result.id : result.problem.code}\n`);
      }
      if (ok) return;
      if (refused <= TOLD)
        await err.write(`line ${line.number}: ${clean(describeProblem(result.problem))}\n`);
      else if (refused === TOLD + 1)
        await err.write('More lines were refused; --json or a pipe has them all.\n');
    },
    async close() {
      const sums = `"accepted":${accepted},"refused":${refused}`;
      if (json) await out.write(`${accepted + refused === 0 ? '' : '\n'}],${sums}}\n`);
      else if (out.live) await out.write(`${accepted} accepted, ${refused} refused\n`);
    },
  };
}
