/** Test cases that passed and failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The part of Jest's `--json` report that is read. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export const NOTHING: Tally = { passed: 0, failed: 0 };

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/**
 * Counts the cases of a report. A file that could not be run has no failed case of its own and counts as one; a run
 * that ended badly without any failure to show for it (a crash, a leak that Jest refuses) counts as one too.
 *
 * @param exitCode of Jest; `null` when it was killed
 */
export function tallyOf(report: JestReport | undefined, exitCode: number | null): Tally {
  if (report === undefined) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
