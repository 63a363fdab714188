/** Adding many jobs: lines in, requests of a bounded size out, a result for each line. */
import type { Output, Schemas } from '@fairlead/client';
import { FAULTS } from '@fairlead/core';
import { describeProblem } from '../../ask.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { Failure } from '../../failure.ts';
import { type Line, linesOf } from '../../input/lines.ts';
import { openSource } from '../../input/source.ts';
import { openProgress } from '../../output/progress.ts';
import { addPatiently } from './add-patiently.ts';
import { type BatchReport, createReport } from './batch-report.ts';
import { patience } from './patience.ts';

type Job = Schemas['BatchItem'];
type Answer = Output<'addJobs'>;

interface BatchOptions {
  /** A file, or "-". */
  readonly from: string;
  /** For lines that name none. */
  readonly workspace: string | undefined;
  readonly json: true | undefined;
  /** How long to wait for backpressure to end, in all. */
  readonly waitMs: number | undefined;
}

/** A request of this size is refused as a whole when something is wrong with it as a whole. */
const MAX_JOBS = 1_000;
const MAX_BYTES = 3 * 1024 * 1024;

/** @throws Failure when some were refused, or the dispatcher stopped answering: then with the line to go on from */
export async function addBatch(
  context: Context,
  { from, workspace, json, waitMs }: BatchOptions,
): Promise<void> {
  const waiting = patience(context, waitMs);
  const report = await createReport(context, json);
  const progress = openProgress(context.err);
  try {
    for await (const lines of requests(linesOf(openSource(context, from)))) {
      const sums = () =>
        `${report.accepted} accepted${report.refused === 0 ? '' : `, ${report.refused} refused`}`;
      const add = (jobs: readonly Job[]) =>
        addPatiently(context, jobs, waiting, (words) => progress.say(`${sums()}; ${words}`));
      await send(lines, workspace, report, add);
      progress.say(sums());
    }
  } finally {
    progress.clear();
    await report.close();
  }
  if (report.refused > 0) {
    throw new Failure(
      EXIT.failed,
      `${report.refused} of ${report.accepted + report.refused} jobs were refused.`,
      {
        fix: 'Correct those lines, and add them again.',
      },
    );
  }
}

async function send(
  lines: readonly Line[],
  workspace: string | undefined,
  report: BatchReport,
  add: (jobs: readonly Job[]) => Promise<Answer>,
): Promise<void> {
  const read = lines.map((line) => ({ line, job: readJob(line.text, workspace) }));
  const jobs = read.flatMap(({ job }) => (job === undefined ? [] : [job]));
  const answer =
    jobs.length === 0
      ? undefined
      : await add(jobs).catch((error: unknown): never => {
          throw error instanceof Failure ? stopped(error, lines[0] as Line, report) : error;
        });
  let at = 0;
  for (const { line, job } of read) {
    const result = job === undefined ? NO_JSON : answer?.results[at++];
    if (result === undefined) {
      const why = answer?.incomplete
        ? describeProblem(answer.incomplete)
        : 'The dispatcher left out results.';
      throw stopped(new Failure(EXIT.unavailable, why), line, report);
    }
    await report.add(line, result);
  }
}

/** The rest of a file goes on where this one stopped. */
function stopped(
  { exitCode, message, fix }: Failure,
  next: Line,
  { accepted, refused }: BatchReport,
): Failure {
  const sums = `${accepted} jobs were accepted and ${refused} refused before line ${next.number}`;
  return new Failure(exitCode, `${message}\n${sums}.`, {
    fix: `${fix === undefined ? '' : `${fix} `}The rest of the file: tail -n +${next.number}.`,
  });
}

/** As the API would have it. */
const NO_JSON = {
  index: 0,
  status: FAULTS.MALFORMED_JSON.status,
  problem: {
    type: 'urn:fairlead:problem:malformed-json',
    ...FAULTS.MALFORMED_JSON,
    code: 'MALFORMED_JSON',
    detail: 'The line is not valid JSON.',
  },
};

/**
 * The job of a line, with the workspace that it does not name; whether it is one, the API says. Undefined: not JSON,
 * which cannot be sent.
 */
function readJob(text: string, workspace: string | undefined): Job | undefined {
  let job: unknown;
  try {
    job = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isNameless = typeof job === 'object' && job !== null && !Array.isArray(job) && !('workspace' in job);
  return (workspace !== undefined && isNameless ? { workspace, ...(job as object) } : job) as Job;
}

async function* requests(lines: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  let request: Line[] = [];
  let bytes = 0;
  for await (const line of lines) {
    const size = Buffer.byteLength(line.text);
    if (request.length === MAX_JOBS || (bytes + size > MAX_BYTES && request.length > 0)) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(line);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
