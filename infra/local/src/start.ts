import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StartFlags } from '../setup/flags.mjs';
import { createSteps, type Steps } from '../setup/steps.mjs';
import type { LocalConfig } from './config.ts';
import { type DecisionFollower, followDecisions } from './controller/follow-decisions.ts';
import { runDemo } from './demo/run-demo.ts';
import { ensureRedisServer } from './servers/redis-install.ts';
import { stackAskedBefore, writeAccessFile } from './stack/access-file.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { openStackFolder, type StackFolder } from './stack/stack-folder.ts';
import { onStopRequests } from './supervisor/stop-requests.ts';
import { createWarnings, describeDecision, describeEvent, describeReplica } from './terminal/notices.ts';
import { createScreen, type Screen } from './terminal/screen.ts';

const ROOT = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const REPLICAS = 2;

/** Exit codes: 0 all went well (a stop by Ctrl-C too), 1 something did not, 130 the replay was cut short. */
const CUT_SHORT = 130;

/** Brings the stack up, does what the flags say, and takes it down. Resolves with the exit code; leaves nothing running. */
export async function runStart(flags: StartFlags, config: LocalConfig): Promise<number> {
  const steps = createSteps();
  const { paint } = steps;
  const screen = createScreen(process.stdout, steps.live);
  const redisInstalled = config.redisUrl !== undefined || (await installRedis(steps));
  if (!redisInstalled) return 1;

  const folder = openStackFolder(ROOT, new Date());
  const warnings = createWarnings(paint);
  let troubled = false;
  let ending = false;
  const stack = startStack({
    root: ROOT,
    folder,
    config,
    replicas: REPLICAS,
    reporter: { begin: steps.step },
    onEvent: (event) => {
      troubled = true;
      for (const line of describeEvent(event, paint)) screen.print(line);
    },
    onReplica: (news) => {
      troubled ||= news.kind === 'failed';
      if (!ending) screen.print(describeReplica(news, paint));
    },
    onWarning: (name, line) => {
      troubled ||= (line.level ?? 0) >= 50;
      // What a service says about its neighbours leaving is no news while everything ends.
      if (!ending) for (const text of warnings(name, line, performance.now())) screen.print(text);
    },
  });

  const cut = new AbortController();
  const asked = Promise.withResolvers<void>();
  const unlisten = onStopRequests((count) => {
    ending = true;
    cut.abort();
    asked.resolve();
    if (count === 1) {
      screen.finish('keep');
      screen.print(`\n  ${paint(2, 'draining and stopping (Ctrl-C again to stop at once)')}`);
      void stack.stop();
    } else {
      stack.hurry();
    }
  });

  let exitCode: number;
  try {
    exitCode = await serve({
      flags,
      stack,
      folder,
      steps,
      screen,
      cut: cut.signal,
      asked: asked.promise,
    });
  } catch (error) {
    screen.finish('keep');
    screen.print(`\n  ${paint(31, '✗')} ${(error as Error).stack ?? error}`);
    exitCode = 1;
  }
  ending = true;
  await stack.stop();
  unlisten();
  const keepLogs = troubled || exitCode === 1;
  await folder.close({ keepLogs });
  if (keepLogs) screen.print(`  ${paint(2, `logs: ${relative(process.cwd(), folder.logs)}`)}`);
  return exitCode;
}

interface Serving {
  readonly flags: StartFlags;
  readonly stack: Stack;
  readonly folder: StackFolder;
  readonly steps: Steps;
  readonly screen: Screen;
  readonly cut: AbortSignal;
  readonly asked: Promise<void>;
}

async function serve({ flags, stack, folder, steps, screen, cut, asked }: Serving): Promise<number> {
  const { paint } = steps;
  const start = await stack.started;
  if (start.outcome === 'failed') {
    screen.print(`\n  ${paint(31, `${start.name} failed`)}: ${start.why}\n`);
    return 1;
  }
  if (start.outcome === 'stopped') return flags.once ? CUT_SHORT : 0;
  const redisUrl = stack.privateRedisUrl();
  const removeAccessFile = writeAccessFile(folder.path, {
    url: stack.dispatcherUrl(),
    controllerUrl: stack.controllerUrl(),
    apiKey: stack.apiKey,
    databaseUrl: stack.databaseUrl(),
    ...(redisUrl === undefined ? {} : { redisUrl }),
  });
  try {
    return await use({ flags, stack, folder, steps, screen, cut, asked });
  } finally {
    removeAccessFile();
  }
}

/** What is done with a stack that has started. */
async function use({ flags, stack, folder, steps, screen, cut, asked }: Serving): Promise<number> {
  const { paint } = steps;
  for (const line of addresses(stack, folder, paint)) screen.print(line);
  const decisions = followDecisions({
    controller: stack.controller,
    onDecision: (decision) => screen.print(describeDecision(decision, paint)),
  });
  try {
    return await replayAndServe({ flags, stack, folder, steps, screen, cut, asked }, decisions);
  } finally {
    await decisions.stop();
  }
}

async function replayAndServe(
  { flags, stack, folder, steps, screen, cut, asked }: Serving,
  decisions: DecisionFollower,
): Promise<number> {
  const { paint } = steps;
  let exitCode = 0;
  if (flags.demo) {
    const demo = await runDemo({
      decisions: decisions.counts,
      url: stack.dispatcherUrl(),
      apiKey: stack.apiKey,
      replicas: REPLICAS,
      jsonFile: flags.jsonFile,
      screen,
      paint,
      signal: cut,
    });
    exitCode = demo.outcome === 'passed' ? 0 : demo.outcome === 'cut' ? CUT_SHORT : 1;
  }
  if (flags.once) {
    screen.print('');
    return exitCode;
  }
  if (cut.aborted) return 0;
  for (const line of usage(stack, stackAskedBefore(folder.path))) screen.print(line);
  screen.print(
    `\n  Serving until Ctrl-C.  Board ${paint(36, stack.boardUrl())}  API ${paint(36, stack.dispatcherUrl())}`,
  );
  await asked;
  return 0;
}

function addresses(stack: Stack, folder: StackFolder, paint: Steps['paint']): string[] {
  const row = (name: string, text: string) => `  ${name.padEnd(16)} ${text}`;
  return [
    '',
    row(
      'API',
      `${paint(36, stack.dispatcherUrl())}  to try out at ${paint(36, `${stack.dispatcherUrl()}/docs`)}`,
    ),
    row(
      'controller',
      `${paint(36, stack.controllerUrl())}  why it decided what: ${paint(36, `${stack.controllerUrl()}/docs`)}`,
    ),
    row('board', `${paint(36, stack.boardUrl())}  user ${stack.boardUser}, password ${stack.boardPassword}`),
    row('logs', paint(2, relative(process.cwd(), folder.logs) || folder.logs)),
  ];
}

/** To be pasted as it is: the line of variables also serves the examples, and the command line elsewhere. */
function usage(stack: Stack, before: string | undefined): string[] {
  return [
    '',
    `  npx fairlead workspaces list    # in this clone it finds the stack by itself`,
    `  npx fairlead capacity show      # how many jobs may run at once, and why`,
    `  export FAIRLEAD_URL=${stack.dispatcherUrl()} FAIRLEAD_CONTROLLER_URL=${stack.controllerUrl()} FAIRLEAD_API_KEY=${stack.apiKey}`,
    '  curl -s "$FAIRLEAD_URL/v1/workspaces" -H "authorization: Bearer $FAIRLEAD_API_KEY"',
    ...(before === undefined
      ? []
      : [
          '',
          `  Two stacks run here: npx fairlead asks this one, and ${before} again when this one has ended.`,
        ]),
  ];
}

async function installRedis(steps: Steps): Promise<boolean> {
  let step: ReturnType<Steps['step']> | undefined;
  const say = (line: string) => {
    step ??= steps.step('redis-server', line);
    step.note(line);
  };
  try {
    const version = await ensureRedisServer(say);
    step?.done(`${version} installed`);
    return true;
  } catch (error) {
    (step ?? steps.step('redis-server')).failed();
    process.stderr.write(`\n${(error as Error).message}\n`);
    return false;
  }
}
