/** The board as a process: configuration → scheduler → pages. */
import { createLogger, logListening, onShutdown, schedulerSettings, startServer } from '@fairlead/http';
import { createScheduler } from '@fairlead/scheduler';
import { requestMetrics, startTelemetry } from '@fairlead/telemetry';
import { createBoardApp } from './app.ts';
import { readConfig } from './config.ts';
import { isLoopback } from './password.ts';

const VERSION = '0.1.0';
const EXIT_CONFIG = 2;
const CLOSE_DEADLINE_MS = 3_000;

function refuse(problems: readonly string[]): never {
  console.error(`The board cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(EXIT_CONFIG);
}

const read = readConfig();
if (read.outcome === 'invalid') refuse(read.problems);
const { config } = read;

const logger = createLogger('board', config.LOG_LEVEL);
const telemetry = startTelemetry({ serviceName: 'fairlead-board', serviceVersion: VERSION });
const { answered } = requestMetrics(telemetry.meter);
const scheduler = createScheduler({
  ...schedulerSettings(config, 'fairlead-board'),
  logger,
});
const board = createBoardApp({
  source: scheduler,
  logger,
  metrics: telemetry.metricsHandler,
  onAnswered: answered,
  password: { user: config.FAIRLEAD_BOARD_USER, password: config.FAIRLEAD_BOARD_PASSWORD },
  shownQueues: config.FAIRLEAD_BOARD_QUEUES,
  actions: config.FAIRLEAD_BOARD_ACTIONS,
  showPayloads: config.FAIRLEAD_BOARD_SHOW_PAYLOADS,
});
const server = await startServer(board.app, { host: config.HOST, port: config.PORT }).catch((error: Error) =>
  refuse([error.message]),
);
onShutdown(async () => {
  await server.close(CLOSE_DEADLINE_MS);
  await board.close();
  await scheduler.close();
  await telemetry.shutdown();
});

if (!isLoopback(config.HOST) && config.HOST !== 'localhost') {
  logger.warn(
    'the board listens beyond this machine without TLS: its password is safe only behind a TLS proxy',
  );
}
logListening(logger, server.url, {
  user: config.FAIRLEAD_BOARD_USER,
  actions: config.FAIRLEAD_BOARD_ACTIONS,
});
