/** The board as an Express app: guards in front, Bull Board behind them. */
import {
  createReadiness,
  createServiceApp,
  errorFields,
  type Logger,
  type ServiceAppOptions,
} from '@fairlead/http';
import { type Express, Router } from 'express';
import { BOARD_PATH, createBoard } from './bull-board.ts';
import { pageHeaders } from './headers.ts';
import { exceptThisMachine, type PasswordOptions, requirePassword } from './password.ts';
import type { QueueSource } from './shown-queues.ts';
import { guardWrites } from './writes.ts';

/** Less than a probe's usual second, so that the answer can say what is missing. */
const READY_DEADLINE_MS = 900;

export interface BoardAppOptions {
  readonly source: QueueSource;
  readonly logger: Logger;
  /** Answers a scrape. */
  readonly metrics: ServiceAppOptions['metrics'];
  /** Told of every answered request, without names of tenants. */
  readonly onAnswered?: ServiceAppOptions['onAnswered'];
  readonly password: Pick<PasswordOptions, 'user' | 'password'>;
  readonly shownQueues: number;
  readonly actions: boolean;
  readonly showPayloads: boolean;
  /** Default: the system's clock. */
  readonly nowMs?: () => number;
}

export interface BoardApp {
  readonly app: Express;
  /** Closes the queue objects; the scheduler stays its owner's. */
  close(): Promise<void>;
}

/** Builds the app: `/` leads to Bull Board at `/queues`. Nothing is read from Redis until somebody looks. */
export function createBoardApp(options: BoardAppOptions): BoardApp {
  const { source, logger, actions, nowMs = Date.now } = options;
  const board = createBoard({
    source,
    limit: options.shownQueues,
    actions,
    showPayloads: options.showPayloads,
    nowMs,
    onFault: (error) =>
      logger.error({ err: errorFields(error, { stack: true }) }, 'a request of the board failed'),
  });
  const password = requirePassword({ ...options.password, nowMs });
  const metricsGuard = exceptThisMachine(password);

  const routes = Router();
  routes.use(pageHeaders(), password, guardWrites({ actions }));
  routes.get('/', (_req, res) => res.redirect(BOARD_PATH));
  routes.use(BOARD_PATH, board.routes);

  const app = createServiceApp({
    logger,
    readiness: createReadiness(
      { Redis: (deadlineMs) => source.ping(deadlineMs) },
      { deadlineMs: READY_DEADLINE_MS, logger },
    ),
    metrics: (req, res) => metricsGuard(req, res, () => options.metrics(req, res)),
    ...(options.onAnswered ? { onAnswered: options.onAnswered } : {}),
    routes,
  });
  return { app, close: () => board.shown.close() };
}
