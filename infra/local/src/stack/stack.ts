import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LocalConfig } from '../config.ts';
import { type ControllerClient, createControllerClient } from '../controller/client.ts';
import { followController, replicaName } from '../replicas/follow-controller.ts';
import { createReplicaSet, type ReplicaNews } from '../replicas/replica-set.ts';
import { startOwnedProcess } from '../servers/owned-process.ts';
import { DEFAULT_RESTART_POLICY } from '../supervisor/backoff.ts';
import { type LogLine, WARN_LEVEL } from '../supervisor/log-lines.ts';
import { servicePart } from '../supervisor/service-part.ts';
import {
  type Stage,
  type StageReporter,
  type StartedStages,
  type StartOutcome,
  startStages,
} from '../supervisor/stages.ts';
import { type Part, type PartEvent, supervise } from '../supervisor/supervise.ts';
import { givenRedis } from './given-redis.ts';
import { postgresPart, redisPart } from './server-parts.ts';
import type { StackFolder } from './stack-folder.ts';

export interface StackOptions {
  /** The root of the repository. */
  readonly root: string;
  readonly folder: StackFolder;
  readonly config: LocalConfig;
  /** How many there are until the controller wants others. */
  readonly replicas: number;
  readonly reporter: StageReporter;
  readonly onEvent: (event: PartEvent) => void;
  /** A replica was started or drained because the controller wanted it. */
  readonly onReplica: (news: ReplicaNews) => void;
  /** Warnings and errors that a service logged. */
  readonly onWarning: (name: string, line: LogLine) => void;
}

export interface Stack extends StartedStages {
  readonly started: Promise<StartOutcome>;
  /** Known once it has started. */
  readonly dispatcherUrl: () => string;
  readonly controllerUrl: () => string;
  readonly controller: ControllerClient;
  readonly boardUrl: () => string;
  readonly boardUser: string;
  readonly boardPassword: string;
  /** An admin's, for the API. */
  readonly apiKey: string;
  /** Known once it has started. */
  readonly databaseUrl: () => string;
  /** Of the private one, if there is one. */
  readonly privateRedisUrl: () => string | undefined;
}

/** Jobs that one replica runs at once in the local stack. */
const CONCURRENCY = 24;
const READY_DEADLINE_MS = 30_000;
/** A consumer's own deadline for its drain, and what it gets on top before SIGKILL. */
const DRAIN_MS = 25_000;
const DRAIN_SLACK_MS = 5_000;
const STOP_DEADLINE_MS = 10_000;
/** The replay looks at every job afterwards, so finished ones are kept longer than in production. */
const KEPT_COMPLETED = 1_000_000;
/** Decisions for people who look on: small steps within seconds, by the policy in data/policy.json. */
const TICK_MS = 2_000;

/** Starts the whole cluster: PostgreSQL, Redis, migrations, dispatcher, consumer replicas, controller, board, in this order. */
export function startStack(options: StackOptions): Stack {
  const { root, folder, config, onEvent } = options;
  const postgres = postgresPart(folder.postgresData, join(folder.logs, 'postgresql.log'));
  const redis =
    config.redisUrl === undefined ? redisPart(folder.redisData, join(folder.logs, 'redis.log')) : undefined;
  const boardUser = 'operator';
  const boardPassword = randomBytes(9).toString('base64url');
  const apiKey = `flk_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;

  const baseEnv = () => ({
    ...config.serviceEnv,
    REDIS_URL: config.redisUrl ?? redis?.url(),
    DATABASE_URL: postgres.url(),
    HOST: '127.0.0.1',
    PORT: '0',
    FAIRLEAD_KEEP_COMPLETED_COUNT: String(KEPT_COMPLETED),
  });
  const service = (
    name: string,
    folderName: string,
    env: NodeJS.ProcessEnv = {},
    stopDeadlineMs = STOP_DEADLINE_MS,
  ) =>
    servicePart({
      name,
      script: join(root, 'services', folderName, 'src', 'main.ts'),
      env: () => ({ ...baseEnv(), ...env }),
      logFile: join(folder.logs, `${name}.log`),
      readyDeadlineMs: READY_DEADLINE_MS,
      stopDeadlineMs,
      onLog: (line) => {
        if ((line.level ?? 0) >= WARN_LEVEL) options.onWarning(name, line);
      },
    });
  const dispatcher = service('dispatcher', 'dispatcher', { FAIRLEAD_BOOTSTRAP_KEY: apiKey });
  const consumer = (number: number) =>
    service(
      replicaName(number),
      'consumer',
      {
        FAIRLEAD_REPLICA_ID: replicaName(number),
        FAIRLEAD_CONCURRENCY: config.serviceEnv.FAIRLEAD_CONCURRENCY ?? String(CONCURRENCY),
        FAIRLEAD_DRAIN_TIMEOUT_MS: String(DRAIN_MS),
      },
      DRAIN_MS + DRAIN_SLACK_MS,
    );
  const replicas = createReplicaSet({
    first: options.replicas,
    replica: (number) => supervise(consumer(number), DEFAULT_RESTART_POLICY, onEvent),
    onNews: options.onReplica,
  });
  const controllerPart = service('controller', 'controller', {
    FAIRLEAD_ACTUATOR: 'process',
    FAIRLEAD_DRILL: 'on',
    FAIRLEAD_POLICY:
      config.serviceEnv['FAIRLEAD_POLICY'] ?? join(root, 'infra', 'local', 'data', 'policy.json'),
    FAIRLEAD_TICK_MS: config.serviceEnv['FAIRLEAD_TICK_MS'] ?? String(TICK_MS),
  });
  const controller = createControllerClient({ url: controllerPart.url, apiKey });
  const board = service('board', 'board', {
    FAIRLEAD_BOARD_USER: boardUser,
    FAIRLEAD_BOARD_PASSWORD: boardPassword,
  });

  const parts = (...group: Part[]): Stage => ({
    kind: 'parts',
    parts: group.map((part) => supervise(part, DEFAULT_RESTART_POLICY, onEvent)),
  });
  const task = (name: string, run: (signal: AbortSignal) => Promise<string>): Stage => ({
    kind: 'task',
    name,
    run,
  });
  const stages: Stage[] = [
    parts(postgres),
    redis === undefined ? task('Redis', () => givenRedis(config.redisUrl as string)) : parts(redis),
    task('migrations', (signal) => migrate(options, postgres.url(), signal)),
    parts(dispatcher),
    { kind: 'parts', parts: [replicas] },
    parts(controllerPart),
    parts(board),
  ];
  const running = startStages(stages, options.reporter);
  let unfollow: (() => Promise<void>) | undefined;
  const started = running.started.then((outcome) => {
    if (outcome.outcome === 'started') unfollow = followController({ controller, replicas });
    return outcome;
  });
  return {
    ...running,
    started,
    stop: async () => {
      await unfollow?.();
      await running.stop();
    },
    dispatcherUrl: dispatcher.url,
    controllerUrl: controllerPart.url,
    controller,
    boardUrl: board.url,
    boardUser,
    boardPassword,
    apiKey,
    databaseUrl: postgres.url,
    privateRedisUrl: () => redis?.url(),
  };
}

async function migrate(
  { root, folder, config }: StackOptions,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<string> {
  const child = await startOwnedProcess({
    command: process.execPath,
    args: [...process.execArgv, join(root, 'packages', 'ledger', 'src', 'migrate-main.ts')],
    env: { ...config.serviceEnv, DATABASE_URL: databaseUrl },
    stopSignal: 'SIGTERM',
    logFile: join(folder.logs, 'migrations.log'),
  });
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const { code, signal: by } = await child.exited;
  if (code === 0) return 'applied';
  throw new Error(
    [`ended with ${by ?? `code ${code}`}. Its last lines:`, ...child.lastLines().slice(-15)].join('\n  '),
  );
}
