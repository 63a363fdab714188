import { writeFile } from 'node:fs/promises';
import { Option } from '@commander-js/extra-typings';
import { DEFAULT_POLICY, SCENARIOS, type Simulation, writeDecisionLog } from '@fairlead/core';
import { commandWithFile } from '../command.ts';
import type { Context } from '../context.ts';
import { sha256 } from '../decision-log/sha256.ts';
import { usage } from '../failure.ts';
import { wholeNumber } from '../input/number.ts';
import { table } from '../output/table.ts';
import { duration } from '../output/time.ts';
import { readPolicy } from '../policy/read.ts';
import { compare, OPEN_LOOP, renderComparison } from '../simulation/comparison.ts';
import { runScenario } from '../simulation/run.ts';
import { summary } from '../simulation/summary.ts';

export function simulate(context: Context) {
  return commandWithFile('simulate', {
    summary: 'Run a scenario through the engine that decides, and see what it does',
    inFile: 'the decision log',
    description:
      'Run a scenario through the engine that decides in production, with a virtual clock and without any server: the ' +
      'same scenario, policy and seed give the same decisions, byte for byte. --json FILE writes the decision log, which ' +
      'decisions verify takes again; --json alone prints it instead of the summary, or with --compare {"openLoop", ' +
      '"policy", "other", "compared", "differences": [{"id", "evaluatedAt", "recorded", "other"}]}, or with --list ' +
      '{"scenarios": [{"name", "about", "durationMs", "workspaces"}]}',
    examples: [
      'fairlead simulate --list',
      'fairlead simulate --scenario day --seed 1 --json decisions.json',
      'fairlead simulate --scenario burst --policy policy.json',
      'fairlead simulate --scenario demotion --compare policy.json',
    ],
  })
    .addOption(new Option('--scenario <name>', 'what happens').choices(Object.keys(SCENARIOS)))
    .addOption(new Option('--seed <number>', 'of chance').default(1).argParser(wholeNumber(0, 2 ** 32 - 1)))
    .option('--policy <file>', 'decide by this policy instead of the default, or - for standard input')
    .option('--compare <file>', 'say which decisions another policy would have taken otherwise')
    .addOption(
      new Option('--list', 'list the scenarios instead').conflicts(['scenario', 'policy', 'compare']),
    )
    .action(async ({ json, list, scenario: name, seed, policy: policyFile, compare: otherFile }) => {
      if (list) return listScenarios(context, json);
      const scenario = name === undefined ? undefined : SCENARIOS[name];
      if (!scenario)
        throw usage('Which scenario is missing.', 'Give --scenario; fairlead simulate --list shows them.');
      if (policyFile === '-' && otherFile === '-')
        throw usage('Standard input can be one policy only.', 'Put the other one in a file.');
      const policy = policyFile === undefined ? DEFAULT_POLICY : await readPolicy(context, policyFile);
      const other = otherFile === undefined ? undefined : await readPolicy(context, otherFile);
      const simulation = await runScenario(context, scenario, policy, seed);
      if (typeof json === 'string' && json !== '-') await writeLog(context, json, simulation);
      const printed = json === true || json === '-' ? true : undefined;
      if (other === undefined) {
        return printed
          ? context.out.write(writeDecisionLog(simulation.log, sha256))
          : context.out.write(summary(context.out, scenario, simulation));
      }
      const comparison = compare(simulation.log.records, policy, other);
      await context.show(printed, comparison, () => renderComparison(context.out, comparison));
      if (!printed) await context.err.write(`${context.err.paint('dim', OPEN_LOOP)}\n`);
    });
}

async function writeLog({ err }: Context, path: string, { log }: Simulation): Promise<void> {
  const text = writeDecisionLog(log, sha256);
  await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
    throw usage(`${path} cannot be written (${error.code}).`, 'Give a file in a folder that can be written.');
  });
  const megabytes = (Buffer.byteLength(text) / 1e6).toFixed(1);
  await err.write(err.paint('dim', `${path}: ${log.records.length} decisions, ${megabytes} MB\n`));
}

async function listScenarios(context: Context, json: string | true | undefined): Promise<void> {
  if (typeof json === 'string' && json !== '-')
    throw usage('--list has no decision log to write.', 'Leave out the file, or the --list.');
  const scenarios = Object.values(SCENARIOS).map(({ name, about, durationMs, workspaces }) => ({
    name,
    about,
    durationMs,
    workspaces: workspaces.length,
  }));
  await context.show(json === undefined ? undefined : true, { scenarios }, () =>
    table(
      context.out,
      [
        { title: 'SCENARIO', text: ({ name }) => name },
        {
          title: 'LASTS',
          text: ({ durationMs }) => (context.out.live ? duration(durationMs) : String(durationMs)),
          align: 'right',
        },
        { title: 'WORKSPACES', text: ({ workspaces }) => String(workspaces), align: 'right' },
        { title: 'WHAT IT SHOWS', text: ({ about }) => about, shrinks: true },
      ],
      scenarios,
    ),
  );
}
