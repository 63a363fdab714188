/** The tree of commands: each leaf is a file, and this is the only place that knows all of them. */
import { Command, type CommandUnknownOpts, Help } from '@commander-js/extra-typings';
import { group } from './command.ts';
import { pinCapacity } from './commands/capacity/pin.ts';
import { releaseCapacity } from './commands/capacity/release.ts';
import { showCapacity } from './commands/capacity/show.ts';
import { stepCapacity } from './commands/capacity/step.ts';
import { completion } from './commands/completion.ts';
import { listDead } from './commands/dead/list.ts';
import { redriveDead } from './commands/dead/redrive.ts';
import { explainDecision } from './commands/decisions/explain.ts';
import { listDecisions } from './commands/decisions/list.ts';
import { listOrders } from './commands/decisions/orders.ts';
import { switchDecisions } from './commands/decisions/switch.ts';
import { tailDecisions } from './commands/decisions/tail.ts';
import { verifyDecisions } from './commands/decisions/verify.ts';
import { doctor } from './commands/doctor.ts';
import { listDrills } from './commands/drill/list.ts';
import { startDrill } from './commands/drill/start.ts';
import { stopDrill } from './commands/drill/stop.ts';
import { listEffects } from './commands/effects/list.ts';
import { resolveEffect } from './commands/effects/resolve.ts';
import { evidence } from './commands/evidence.ts';
import { clearFlag } from './commands/flags/clear.ts';
import { getFlag } from './commands/flags/get.ts';
import { listFlags } from './commands/flags/list.ts';
import { setFlag } from './commands/flags/set.ts';
import { addJob } from './commands/jobs/add.ts';
import { cancelJob } from './commands/jobs/cancel.ts';
import { getJob } from './commands/jobs/get.ts';
import { listJobs } from './commands/jobs/list.ts';
import { retryJob } from './commands/jobs/retry.ts';
import { createKey } from './commands/keys/create.ts';
import { listKeys } from './commands/keys/list.ts';
import { revokeKey } from './commands/keys/revoke.ts';
import { migrate } from './commands/migrate.ts';
import { checkPolicy } from './commands/policy/check.ts';
import { showRunningPolicy } from './commands/policy/running.ts';
import { showPolicy } from './commands/policy/show.ts';
import { freezePromotions } from './commands/promotions/freeze.ts';
import { releasePromotions } from './commands/promotions/release.ts';
import { replay } from './commands/replay.ts';
import { createRollout } from './commands/rollout/create.ts';
import { listRollouts } from './commands/rollout/list.ts';
import { abortRollout, pauseRollout, resumeRollout, startRollout } from './commands/rollout/order.ts';
import { rolloutStatus } from './commands/rollout/status.ts';
import { deleteSchedule } from './commands/schedules/delete.ts';
import { getSchedule } from './commands/schedules/get.ts';
import { listSchedules } from './commands/schedules/list.ts';
import { setSchedule } from './commands/schedules/set.ts';
import { simulate } from './commands/simulate.ts';
import { backfillHighQuota } from './commands/workspaces/backfill-high-quota.ts';
import { drainWorkspace } from './commands/workspaces/drain.ts';
import { getWorkspace } from './commands/workspaces/get.ts';
import { listWorkspaces } from './commands/workspaces/list.ts';
import { pauseWorkspace } from './commands/workspaces/pause.ts';
import { resumeWorkspace } from './commands/workspaces/resume.ts';
import { setWorkspace } from './commands/workspaces/set.ts';
import type { Context } from './context.ts';

type Leaf = (context: Context) => CommandUnknownOpts;

const GROUPS: readonly {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly leaves: readonly Leaf[];
}[] = [
  {
    name: 'jobs',
    summary: 'Add jobs, look at them, cancel and retry them',
    examples: [
      `fairlead jobs add acme email.send --payload '{"to":"someone@example.com"}'`,
      'fairlead jobs list acme',
    ],
    leaves: [addJob, getJob, listJobs, cancelJob, retryJob],
  },
  {
    name: 'dead',
    summary: 'Look at dead letters, and retry them',
    examples: ['fairlead dead list acme', 'fairlead dead redrive acme --all'],
    leaves: [listDead, redriveDead],
  },
  {
    name: 'effects',
    summary: 'Look at effects of which nobody knows whether they happened, and resolve them',
    examples: ['fairlead effects list acme', 'fairlead effects resolve acme pay:4711 done'],
    leaves: [listEffects, resolveEffect],
  },
  {
    name: 'workspaces',
    summary: 'Look at workspaces, change their settings, pause and drain them',
    examples: ['fairlead workspaces list', 'fairlead workspaces set acme --weight 4'],
    leaves: [
      listWorkspaces,
      getWorkspace,
      setWorkspace,
      pauseWorkspace,
      resumeWorkspace,
      drainWorkspace,
      backfillHighQuota,
    ],
  },
  {
    name: 'schedules',
    summary: 'Repeat jobs by cron expression or interval',
    examples: [
      `fairlead schedules set acme nightly --cron '0 3 * * *' --type report`,
      'fairlead schedules list acme',
    ],
    leaves: [listSchedules, getSchedule, setSchedule, deleteSchedule],
  },
  {
    name: 'flags',
    summary: 'Turn switches while everything runs',
    examples: ['fairlead flags list', 'fairlead flags set schedules-paused true --expires-in 15m'],
    leaves: [listFlags, getFlag, setFlag, clearFlag],
  },
  {
    name: 'keys',
    summary: 'Create, list and revoke API keys',
    examples: ['fairlead keys create billing --scope enqueue', 'fairlead keys list'],
    leaves: [createKey, listKeys, revokeKey],
  },
  {
    name: 'capacity',
    summary: 'Show how many jobs may run at once, and change it by hand',
    examples: ['fairlead capacity show', 'fairlead capacity pin 2048 --expires-in 2h --reason "load test"'],
    leaves: [showCapacity, pinCapacity, stepCapacity, releaseCapacity],
  },
  {
    name: 'promotions',
    summary: 'Freeze quotas, and let them go again',
    examples: [
      'fairlead promotions freeze --reason "migration of the database"',
      'fairlead promotions release',
    ],
    leaves: [freezePromotions, releasePromotions],
  },
  {
    name: 'rollout',
    summary: 'Bring a change to all workspaces: 5 %, 25 %, all',
    examples: [
      'fairlead rollout create fair-time --feature fairness-runtime',
      'fairlead rollout start fair-time',
      'fairlead rollout status fair-time',
    ],
    leaves: [
      createRollout,
      startRollout,
      rolloutStatus,
      listRollouts,
      pauseRollout,
      resumeRollout,
      abortRollout,
    ],
  },
  {
    name: 'drill',
    summary: 'Exercises: inject a signal, and see what follows',
    examples: [
      'fairlead drill start failure_rate 5% --expires-in 5m --reason "who is on call sees the guardrail"',
      'fairlead drill stop failure_rate',
    ],
    leaves: [startDrill, listDrills, stopDrill],
  },
  {
    name: 'decisions',
    summary: 'Watch decisions, ask why, take them again, and switch them off',
    examples: [
      'fairlead decisions tail --follow',
      'fairlead decisions explain promotion:acme:12',
      'fairlead decisions verify decisions.json',
    ],
    leaves: [tailDecisions, listDecisions, explainDecision, verifyDecisions, switchDecisions, listOrders],
  },
  {
    name: 'policy',
    summary: 'Look at the numbers that decisions go by, and check others',
    examples: ['fairlead policy show', 'fairlead policy running', 'fairlead policy check policy.json'],
    leaves: [showPolicy, showRunningPolicy, checkPolicy],
  },
];

const NOTES = `
Environment:
  FAIRLEAD_URL             where the dispatcher is, like http://127.0.0.1:3000
  FAIRLEAD_CONTROLLER_URL  where the controller is: for capacity, promotions, rollout, drill, decisions
                           and policy running
  FAIRLEAD_API_KEY         the key for both; or FAIRLEAD_API_KEY_FILE, a file that holds it
  NO_COLOR, FORCE_COLOR
  In a clone where npm start runs, and with no address and no key set, that cluster is asked.

Exit codes:
  0 done   1 could not be done   2 wrong command or configuration   3 no key, or it does not allow this
  4 there is no such thing   5 nobody answers, or not now: the same again later may do

Examples:
  $ fairlead doctor
  $ fairlead jobs add acme email.send --payload '{"to":"someone@example.com"}'
  $ fairlead workspaces list --json | jq '.workspaces[].name'`;

/** All commands, ready to parse. Nothing is read or asked before one of them runs. */
export function createProgram(context: Context, version: string): CommandUnknownOpts {
  const program = new Command('fairlead')
    .description(
      'Operate a Fairlead cluster: jobs, workspaces, schedules, switches, keys, capacity, rollouts and decisions.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', NOTES)
    .exitOverride()
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      styleTitle: (text) => context.out.paint('bold', text),
      optionDescription(option) {
        const text = Help.prototype.optionDescription.call(this, option);
        return option.mandatory ? `${text} (required)` : text;
      },
    })
    .configureOutput({
      // Nobody writes as much as would fill a pipe's buffer here.
      writeOut: (text) => void context.out.write(text),
      writeErr: (text) => void context.err.write(text),
      getOutHelpWidth: () => context.out.columns,
      getErrHelpWidth: () => context.err.columns,
      getOutHasColors: () => context.out.colour,
      getErrHasColors: () => context.err.colour,
      outputError: (text, write) => write(text.replace(/^error:/, context.err.paint('red', 'error:'))),
    });
  for (const { name, leaves, ...about } of GROUPS) {
    const made = group(name, about);
    for (const leaf of leaves) made.addCommand(leaf(context));
    program.addCommand(made);
  }
  for (const leaf of [simulate, replay, evidence, doctor, migrate]) program.addCommand(leaf(context));
  program.addCommand(completion(context, () => program));
  inherit(program, 'fairlead');
  return program;
}

/** What a command of its own file does not have from its parent. */
function inherit(parent: CommandUnknownOpts, path: string): void {
  parent.showHelpAfterError(`See ${path} --help.`);
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inherit(child, `${path} ${child.name()}`);
  }
}
