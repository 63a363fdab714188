import { Option } from '@commander-js/extra-typings';
import type { Client, Output } from '@fairlead/client';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';
import { parseDuration } from '../../input/duration.ts';
import { parseJson } from '../../input/json.ts';
import { wholeNumber } from '../../input/number.ts';
import { openProgress } from '../../output/progress.ts';
import { addBatch } from './add-batch.ts';
import { jobFields, parseBackoff } from './job-options.ts';
import { heldBackBy, patience } from './patience.ts';

export function addJob(context: Context) {
  return command('add', {
    summary: 'Add a job, or many from a file',
    description:
      'Add a job: after the answer it is durable. In a pipe, standard output is its id. With --from, add many: one ' +
      'JSON job a line (NDJSON), as {"workspace", "type", "payload", ...}; a workspace on the command line is for ' +
      'lines that name none. Refused lines are told, and the rest is added',
    examples: [
      `fairlead jobs add acme email.send --payload '{"to":"someone@example.com"}'`,
      'fairlead jobs add acme report --delay 15m --max-attempts 5 --backoff exponential:10s',
      'fairlead jobs add acme invoice --payload-file invoice.json --idempotency-key order-1',
      'fairlead jobs add --from jobs.ndjson --wait 30m',
      `jq -c '{type: "email.send", payload: .}' people.json | fairlead jobs add acme --from -`,
    ],
  })
    .argument('[workspace]', 'its name; it is created when it is new')
    .argument('[type]', 'which handler runs it')
    .addOption(new Option('--payload <json>', 'what the handler gets').argParser(parseJson))
    .addOption(
      new Option('--payload-file <file>', 'the same from a file, or - for standard input').conflicts(
        'payload',
      ),
    )
    .option('--priority <number>', '0 runs first', wholeNumber(0, 2_097_151))
    .option('--delay <duration>', 'not before it is over, like 15m', parseDuration)
    .addOption(new Option('--run-at <time>', 'not before, like 2030-01-31T08:00:00Z').conflicts('delay'))
    .option('--max-attempts <count>', 'attempts before it is a dead letter', wholeNumber(1, 100))
    .option('--backoff <how>', 'wait before another attempt, like exponential:10s or fixed:1m', parseBackoff)
    .option('--timeout <duration>', 'of one attempt', parseDuration)
    .option('--idempotency-key <key>', 'the same key is the same job, however often it is sent')
    .option(
      '--wait <duration>',
      'while backpressure refuses it, come again when it says so, for this long at most',
      parseDuration,
    )
    .addOption(
      new Option(
        '--from <file>',
        'add many: a file of one JSON job a line, or - for standard input',
      ).conflicts([
        'payload',
        'payloadFile',
        'priority',
        'delay',
        'runAt',
        'maxAttempts',
        'backoff',
        'timeout',
        'idempotencyKey',
      ]),
    )
    .action(async (workspace, type, { json, from, delay, runAt, idempotencyKey, wait, ...options }) => {
      if (from !== undefined) {
        if (type !== undefined)
          throw usage('With --from the type of each job is in its line.', 'Leave it out.');
        return addBatch(context, { from, workspace, json, waitMs: wait });
      }
      if (workspace === undefined || type === undefined) {
        throw usage(
          'A workspace and a type are needed.',
          'As in fairlead jobs add acme email.send, or use --from.',
        );
      }
      const body = {
        type,
        ...(await jobFields(context, options)),
        ...(delay === undefined ? {} : { delayMs: delay }),
        ...(runAt === undefined ? {} : { runAt }),
      };
      const key = idempotencyKey === undefined ? {} : { idempotencyKey };
      const added = await addPatiently(context, { workspace, ...key, body }, wait);
      return context.show(json, added, () =>
        context.out.live ? inWords(workspace, added) : `${added.id}\n`,
      );
    });
}

/** Adds it; while backpressure refuses it, again. */
async function addPatiently(
  context: Context,
  input: Parameters<Client['addJob']>[0],
  waitMs: number | undefined,
): Promise<Output<'addJob'>> {
  const waiting = patience(context, waitMs);
  const progress = openProgress(context.err);
  try {
    for (;;) {
      const added = await context.ask((api) =>
        api.addJob(input).catch(async (error: unknown) => {
          if (!(await waiting.outlasts([heldBackBy(error)], progress.say))) throw error;
          return undefined;
        }),
      );
      if (added !== undefined) return added;
    }
  } finally {
    progress.clear();
  }
}

interface Added {
  readonly id: string;
  readonly state: string;
  readonly position?: number | null;
  readonly duplicate?: true;
}

function inWords(workspace: string, { id, state, position, duplicate }: Added): string {
  if (duplicate) return `${id} was added to ${workspace} before, under the same key: ${state}\n`;
  return `${id} is added to ${workspace}: ${state}${!position ? '' : `, position ${position}`}\n`;
}
