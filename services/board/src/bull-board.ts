/** Bull Board, mounted at `/queues`, over the queues that `shown-queues.ts` keeps on it. */
import { createBullBoard } from '@bull-board/api';
import { errorHandler } from '@bull-board/api/dist/handlers/error.js';
import type { AfterHook, BeforeHook, BeforeHookResult, FlowNode } from '@bull-board/api/typings/app';
import { ExpressAdapter } from '@bull-board/express';
import { type Express, Router } from 'express';
import { selfContainedPages } from './entry-page.ts';
import { recordedJobRoutes } from './recorded-jobs.ts';
import { createShownQueues, type QueueSource, type ShownQueues } from './shown-queues.ts';
import { hideProgress } from './workspace-adapter.ts';
import { isAllowedRoute } from './writes.ts';

export const BOARD_PATH = '/queues';

export interface BullBoardOptions {
  readonly source: QueueSource;
  /** How many workspaces' queues are shown at once. */
  readonly limit: number;
  readonly actions: boolean;
  readonly showPayloads: boolean;
  readonly nowMs: () => number;
  /** Told of what went wrong in a way that nobody foresaw. */
  readonly onFault: (error: unknown) => void;
}

export interface BullBoard {
  /** Routes to mount at `BOARD_PATH`. */
  readonly routes: Router;
  readonly shown: ShownQueues;
}

/** Builds the board; it reads nothing from Redis until the first request. */
export function createBoard(options: BullBoardOptions): BullBoard {
  const { source, limit, actions, showPayloads, nowMs, onFault } = options;
  const before: BeforeHook = async ({ method, route, request }) => {
    if (!isAllowedRoute(method, route)) {
      const message = 'This board only retries and promotes jobs. Use the HTTP API for anything else.';
      return { allow: false, status: 405, errorKey: 'ERRORS.FORBIDDEN', message };
    }
    try {
      await shown.prepareFor(request);
    } catch (error) {
      return unavailable(error);
    }
  };

  function unavailable(error: unknown): BeforeHookResult {
    const foreseen = error instanceof Error && (error as { code?: unknown }).code === 'REDIS_UNAVAILABLE';
    if (!foreseen) onFault(error);
    return {
      allow: false,
      // Bull Board's type knows only the statuses of its own answers.
      status: 503 as 500,
      errorKey: 'ERRORS.REDIS_UNAVAILABLE',
      message: foreseen ? error.message : 'The log of the board has the cause.',
    };
  }

  const serverAdapter = new ExpressAdapter().setBasePath(BOARD_PATH);
  const board = createBullBoard({
    queues: [],
    serverAdapter,
    options: {
      handlerHooks: showPayloads ? { before } : { before, after: hideFlowProgress },
      uiConfig: {
        boardTitle: 'Fairlead',
        hideDocsLink: true,
        showWorkers: false,
        sortQueues: true,
      },
    },
  });
  // Bull Board's own handler tells nobody but the page.
  serverAdapter.setErrorHandler((error) => {
    const { status, body } = errorHandler(error);
    if (status === undefined || status >= 500) onFault(error);
    return { status: status ?? 500, body };
  });
  const shown = createShownQueues({ source, board, limit, nowMs, adapter: { actions, showPayloads } });

  const app = serverAdapter.getRouter() as Express;
  app.disable('x-powered-by');
  const routes = Router();
  routes.use(selfContainedPages());
  if (actions) routes.use(recordedJobRoutes(shown));
  routes.use(app);
  return { routes, shown };
}

/** The tree of a flow is the one answer in which progress values do not go through the adapter's formatters. */
const hideFlowProgress: AfterHook = ({ route }, result) => {
  const body = result.body as { flowRoot?: FlowNode | null };
  if (route.endsWith('/flow') && body.flowRoot) hideIn(body.flowRoot);
  return result;
};

function hideIn(node: FlowNode): void {
  node.progress = hideProgress(node.progress) as FlowNode['progress'];
  for (const child of node.children) hideIn(child);
}
