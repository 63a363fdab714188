/** `npm test`, once everything is installed: lint, import law, types, then every package's tests, and one closing line. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSteps, type Steps } from '../setup/steps.mjs';
import { type TestedPackage, testedPackages } from './checks/packages.ts';
import { type CheckEnd, runCheck } from './checks/run-check.ts';
import { type StaticCheck, staticChecks } from './checks/static-checks.ts';
import { add, type JestReport, NOTHING, type Tally, tallyOf } from './checks/tally.ts';
import { ensureRedisServer } from './servers/redis-install.ts';
import { temporaryFolder } from './servers/temporary-folder.ts';
import { onStopRequests } from './supervisor/stop-requests.ts';

const ROOT = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const ALL_DEADLINE_MS = 14 * 60_000;

/** Jest's lines about what went well; of no interest beside a failure. */
const GOOD_NEWS = /^(PASS |Ran all test suites|Snapshots:|Test results written)/;
/** Remarks of npm about the user's own settings. */
const NOISE = /^npm (warn|notice)/i;

const steps = createSteps();
const stop = new AbortController();
const unlisten = onStopRequests(() => stop.abort());
const startedMs = performance.now();
const reports = temporaryFolder('reports');

const tally = await runAll();

await reports.remove();
unlisten();
const seconds = Math.round((performance.now() - startedMs) / 1000);
process.stdout.write(
  `\n  ${steps.paint(2, `${seconds} s${stop.signal.aborted ? ', interrupted' : ''}`)}\n\n`,
);
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
process.exitCode = stop.signal.aborted ? 130 : tally.failed > 0 ? 1 : 0;
if (process.connected) process.disconnect();

async function runAll(): Promise<Tally> {
  // The pinned Node first, also for programs that look for "node" themselves.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };
  if (!(await haveRedis())) return { passed: 0, failed: 1 };
  let sum = NOTHING;
  for (const check of staticChecks(ROOT, env)) {
    if (!stop.signal.aborted) sum = add(sum, await runStatic(check));
  }
  for (const tested of testedPackages(ROOT)) {
    if (!stop.signal.aborted) sum = add(sum, await runTests(tested, env));
  }
  return sum;
}

async function haveRedis(): Promise<boolean> {
  let step: ReturnType<Steps['step']> | undefined;
  try {
    const version = await ensureRedisServer((line) => {
      step ??= steps.step('redis-server', line);
      step.note(line);
    });
    step?.done(`${version} installed`);
    return true;
  } catch (error) {
    (step ?? steps.step('redis-server')).failed();
    process.stdout.write(`\n${(error as Error).message}\n`);
    return false;
  }
}

async function runStatic(check: StaticCheck): Promise<Tally> {
  const step = steps.step(check.name);
  const end = await runCheck({ ...check, cwd: ROOT, deadlineMs: leftMs(), signal: stop.signal }, step);
  if (end.code === 0) {
    step.done(check.passed);
    return NOTHING;
  }
  step.failed(endText(end));
  show(end.lines);
  return { passed: 0, failed: 1 };
}

async function runTests({ name, path }: TestedPackage, env: NodeJS.ProcessEnv): Promise<Tally> {
  const step = steps.step(name);
  const reportFile = join(reports.path, `${name}.json`);
  const args = [join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), '--ci', '--passWithNoTests'];
  const end = await runCheck(
    {
      command: process.execPath,
      args: [...args, '--json', `--outputFile=${reportFile}`],
      cwd: path,
      env,
      deadlineMs: leftMs(),
      signal: stop.signal,
    },
    step,
  );
  const report = existsSync(reportFile)
    ? (JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport)
    : undefined;
  const tally = tallyOf(report, end.code);
  if (tally.failed === 0) {
    step.done(tally.passed === 0 ? 'has no tests' : `${tally.passed} passed`);
  } else {
    step.failed(
      `${tally.passed} passed, ${tally.failed} failed${end.code === 1 ? '' : ` (${endText(end)})`}`,
    );
    show(end.lines.filter((line) => !GOOD_NEWS.test(line)));
  }
  return tally;
}

function leftMs(): number {
  return Math.max(1_000, ALL_DEADLINE_MS - (performance.now() - startedMs));
}

function endText({ code, timedOut }: CheckEnd): string {
  if (timedOut) return 'took too long';
  return code === null ? 'killed' : `exit code ${code}`;
}

function show(lines: readonly string[]): void {
  const shown = lines.filter((line) => !NOISE.test(line));
  process.stdout.write(`\n${shown.map((line) => `    ${line}`).join('\n')}\n\n`);
}
