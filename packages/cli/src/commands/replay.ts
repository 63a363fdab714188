import { writeFile } from 'node:fs/promises';
import { Option } from '@commander-js/extra-typings';
import { AZURE_COLUMNS, FairleadError, parseTrace, type TraceColumns, type TraceJob } from '@fairlead/core';
import { commandWithFile } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, usage } from '../failure.ts';
import { positive, wholeNumber } from '../input/number.ts';
import { readSource } from '../input/source.ts';
import { replayInCluster } from '../replay/in-cluster.ts';
import { replayInModel } from '../replay/in-model.ts';
import { planReplay } from '../replay/plan.ts';
import { type ReplayReport, reportOf } from '../replay/report.ts';
import { showReport } from '../replay/show-report.ts';

const DEFAULT_SLOTS = 64;
const DEFAULT_PREFIX = 'app-';

export function replay(context: Context) {
  return commandWithFile('replay', {
    summary: 'Replay recorded traffic, and see how fairly it is served',
    description:
      'Replay recorded traffic against the cluster, or with --model in a model of its scheduler, and report minute by ' +
      'minute how much was started, for how many tenants, how much of it for the largest, and Jain’s fairness index ' +
      'among those who had jobs waiting throughout. The file is a CSV with a row a job: the tenant, a time and a ' +
      'duration. The Azure Functions trace of 2021 is known by its head, and so is tenant,time,duration',
    inFile: 'the report',
    examples: [
      'fairlead replay infra/local/data/azure-functions-2021-sample.csv --model --slots 4',
      'fairlead replay infra/local/data/azure-functions-2021-sample.csv --speed 60',
      'fairlead replay jobs.csv --tenant customer --start began_at --duration took_ms --unit ms --json report.json',
    ],
  })
    .argument('<file>', 'the CSV, or - for standard input')
    .option('--model', 'in the model, with a virtual clock and without any server')
    .addOption(
      new Option('--slots <count>', `jobs that the model runs at once; default: ${DEFAULT_SLOTS}`).argParser(
        wholeNumber(1, 1_000_000),
      ),
    )
    .addOption(
      new Option(
        '--speed <times>',
        'so many times as fast as it was recorded; jobs run shorter by as much; default: 1',
      )
        .argParser(positive)
        .conflicts('model'),
    )
    .option('--tenant <column>', 'the column with the tenant')
    .option('--start <column>', 'the column with the time at which a job came')
    .addOption(
      new Option(
        '--end <column>',
        'the column with the time at which it ended, less the duration it came',
      ).conflicts('start'),
    )
    .option('--duration <column>', 'the column with how long it ran')
    .addOption(
      new Option('--unit <unit>', 'of times and durations; default: s').choices(['s', 'ms'] as const),
    )
    .addOption(new Option('--prefix <name>', 'how the names of the workspaces begin').default(DEFAULT_PREFIX))
    .addOption(
      new Option(
        '--type <type>',
        'which handler runs the jobs; it gets {"ms": duration}; default: demo.sleep',
      ).conflicts('model'),
    )
    .action(async (file, { json, model, slots, speed = 1, prefix, type = 'demo.sleep', ...named }) => {
      if (slots !== undefined && !model) {
        throw usage('--slots is of the model.', 'Add --model, or leave it out: the cluster has its own.');
      }
      if (!/^([a-z0-9][a-z0-9-]{0,31})?$/.test(prefix)) {
        throw usage(
          '--prefix does not begin a name.',
          'Use up to 32 of a-z, 0-9 and "-", a letter or digit first.',
        );
      }
      const plan = planReplay(readTrace(await readSource(context, file), columnsOf(named)), prefix, speed);
      if (model) {
        const times = await replayInModel(context, plan, slots ?? DEFAULT_SLOTS);
        const where = { model: { slots: slots ?? DEFAULT_SLOTS }, cluster: null };
        return tell(context, json, reportOf(file, plan, times, where));
      }
      const { times, cluster, refusals } = await replayInCluster(context, plan, { speed, type });
      await tell(context, json, reportOf(file, plan, times, { model: null, cluster }));
      const failed = plan.jobs.length - cluster.succeeded;
      if (failed > 0) {
        const why = refusals.map(([words, count]) => `${count} refused: ${words}`);
        throw new Failure(
          EXIT.failed,
          [`${failed} of ${plan.jobs.length} jobs did not succeed.`, ...why].join('\n'),
        );
      }
    });
}

interface NamedColumns {
  readonly tenant?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly duration?: string | undefined;
  readonly unit?: 's' | 'ms' | undefined;
}

/** Undefined: as the head says. */
function columnsOf({ tenant, start, end, duration, unit }: NamedColumns): TraceColumns | undefined {
  if ([tenant, start, end, duration, unit].every((one) => one === undefined)) return undefined;
  if (tenant === undefined || duration === undefined || (start === undefined && end === undefined)) {
    const { tenant: app, end: at, duration: took } = AZURE_COLUMNS;
    throw usage(
      'Columns are named together.',
      `Give --tenant, --duration, and --start or --end: as --tenant ${app} --end ${at} --duration ${took}.`,
    );
  }
  return { tenant, start, end, duration, unit: unit ?? 's' };
}

function readTrace(csv: string, columns: TraceColumns | undefined): TraceJob[] {
  try {
    const jobs = parseTrace(csv, columns);
    if (jobs.length === 0) throw usage('There is no job in the trace.', 'Give a row for each job.');
    return jobs;
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    throw usage(error.message, error.fix);
  }
}

async function tell(
  { out, err }: Context,
  json: string | true | undefined,
  report: ReplayReport,
): Promise<void> {
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (json === true || json === '-') return out.write(text);
  await out.write(showReport(out, report));
  if (json === undefined) return;
  await writeFile(json, text).catch((error: NodeJS.ErrnoException) => {
    throw usage(`${json} cannot be written (${error.code}).`, 'Give a file in a folder that can be written.');
  });
  await err.write(err.paint('dim', `${json}: the report of ${report.totals.started} starts\n`));
}
