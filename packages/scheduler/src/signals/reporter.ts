import { randomUUID } from 'node:crypto';
import type { CapacityAnswer, Report } from './report.ts';

export interface ReporterParts extends Pick<Report, 'reporter' | 'kind' | 'slots'> {
  readonly report: (report: Report) => Promise<CapacityAnswer>;
  /** What was counted since it was asked last. */
  readonly take: () => Pick<Report, 'counts' | 'vitals' | 'evidence'>;
}

export interface Reporter {
  /**
   * Reports what was counted. One call at a time.
   *
   * @throws FairleadError when no answer came: what was taken is kept, and comes first the next time
   */
  send(draining: boolean): Promise<CapacityAnswer>;
}

/**
 * Reports without losing or doubling a count: what got no answer may have been taken, so it is sent again as it was,
 * under its id. What is counted meanwhile stays with those who count, who need no more memory for that.
 */
export function createReporter({ report, take, ...self }: ReporterParts): Reporter {
  const own = randomUUID();
  let count = 0;
  let unanswered: Report | undefined;

  return {
    async send(draining) {
      if (unanswered) await report({ ...unanswered, draining });
      unanswered = { ...self, id: `${own}-${++count}`, draining, ...take() };
      const answer = await report(unanswered);
      unanswered = undefined;
      return answer;
    },
  };
}
