import { Option } from '@commander-js/extra-typings';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';
import { parseDuration } from '../../input/duration.ts';
import { parseJson } from '../../input/json.ts';
import { wholeNumber } from '../../input/number.ts';
import { jobFields, parseBackoff } from '../jobs/job-options.ts';
import { showSchedule } from './show-schedule.ts';

export function setSchedule(context: Context) {
  return command('set', {
    summary: 'Create or replace a schedule',
    description: 'Create a schedule, or replace all of it: what is left out takes its default',
    examples: [
      `fairlead schedules set acme nightly-report --cron '0 3 * * *' --tz Europe/Berlin --type report`,
      `fairlead schedules set acme sync --every 15m --type sync --payload '{"full":false}'`,
    ],
  })
    .argument('<workspace>', 'its name; it is created when it is new')
    .argument('<schedule>', 'its name')
    .requiredOption('--type <type>', 'which handler runs its jobs')
    .option('--cron <expression>', 'five fields, or six with seconds in front, or @hourly, @daily …')
    .addOption(
      new Option('--every <duration>', 'instead of --cron: at even distances, like 15m')
        .argParser(parseDuration)
        .conflicts(['cron', 'tz']),
    )
    .option('--tz <zone>', 'time zone of --cron; default: UTC')
    .option('--paused', 'nothing is due until it is set again without')
    .addOption(
      new Option(
        '--missed <policy>',
        'what becomes of times at which no dispatcher was there; default: latest',
      ).choices(['latest', 'skip', 'all'] as const),
    )
    .addOption(new Option('--payload <json>', 'what the handler gets').argParser(parseJson))
    .addOption(
      new Option('--payload-file <file>', 'the same from a file, or - for standard input').conflicts(
        'payload',
      ),
    )
    .option('--priority <number>', '0 runs first', wholeNumber(0, 2_097_151))
    .option('--max-attempts <count>', 'attempts before a job is a dead letter', wholeNumber(1, 100))
    .option('--backoff <how>', 'wait before another attempt, like exponential:10s or fixed:1m', parseBackoff)
    .option('--timeout <duration>', 'of one attempt', parseDuration)
    .action(async (workspace, name, { json, type, cron, every, tz, paused, missed, ...options }) => {
      if (cron === undefined && every === undefined) {
        throw usage('When it is due is missing.', "Give --cron '0 3 * * *' or --every 15m.");
      }
      const body = {
        job: { type, ...(await jobFields(context, options)) },
        ...(cron === undefined ? {} : { cron }),
        ...(every === undefined ? {} : { everyMs: every }),
        ...(tz === undefined ? {} : { tz }),
        ...(paused === undefined ? {} : { paused }),
        ...(missed === undefined ? {} : { missed }),
      };
      const schedule = await context.ask((api) => api.putSchedule({ workspace, name, body }));
      await context.show(json, schedule, () => showSchedule(context, schedule));
    });
}
