import type { Output, Schemas } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { heldBackBy, isBackpressure, type Patience } from './patience.ts';

type Answer = Output<'addJobs'>;

/** Adds them; what backpressure refuses is sent again by itself, as long as there is patience. */
export async function addPatiently(
  context: Pick<Context, 'ask'>,
  jobs: readonly Schemas['BatchItem'][],
  waiting: Patience,
  tell: (words: string) => void,
): Promise<Answer> {
  const results: Answer['results'] = [];
  let places = jobs.map((_, place) => place);
  for (;;) {
    const toSend = places.map((place) => jobs[place] as Schemas['BatchItem']);
    const answer = await context.ask((api) =>
      api.addJobs(toSend).catch(async (error: unknown): Promise<Answer> => {
        if (!(await waiting.outlasts([heldBackBy(error)], tell))) throw error;
        return NOTHING_YET;
      }),
    );
    if (answer === NOTHING_YET) continue;
    answer.results.forEach((result, i) => {
      results[places[i] as number] = result;
    });
    const held = answer.results.flatMap((result) =>
      'problem' in result && isBackpressure(result.problem) ? [result.problem] : [],
    );
    if (held.length === 0 || !(await waiting.outlasts(held, tell))) return { ...answer, results };
    places = places.filter((place) => {
      const result = results[place];
      return result !== undefined && 'problem' in result && isBackpressure(result.problem);
    });
  }
}

const NOTHING_YET: Answer = { accepted: 0, refused: 0, results: [] };
