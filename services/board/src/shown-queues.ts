/**
 * Which workspaces' queues are on the board.
 *
 * A deployment may have tens of thousands of workspaces; Bull Board reads every queue it shows on every
 * poll (125 ms for 1,000). So the board holds the queues of the active workspaces only, at most
 * `limit`, and refreshes them when somebody looks, at most every `freshMs`: a board nobody looks at
 * sends nothing to Redis. A queue that is no longer active is taken off and its object closed.
 *
 * A workspace that is named in a request (its page is open, or somebody followed a link) is shown to
 * that request also when it is not among the active ones, as long as it has jobs. The last `NAMED_LIMIT`
 * such queues are kept.
 */
import type { BullBoardRequest } from '@bull-board/api/typings/app';
import type { Scheduler, WorkspaceCounts } from '@fairlead/scheduler';
import { type AdapterOptions, WorkspaceAdapter, type WorkspaceQueue } from './workspace-adapter.ts';

/** What the board needs of the scheduler. */
export type QueueSource = Pick<Scheduler, 'ping' | 'activeWorkspaces' | 'counts' | 'queueFor'>;

/** What it needs of Bull Board: the methods that `createBullBoard` returns. */
export interface QueueBoard {
  addQueue(adapter: WorkspaceAdapter): void;
  removeQueue(name: string): void;
}

/** What of a request names a workspace. */
type Named = Pick<BullBoardRequest, 'params' | 'query'>;

export interface ShownQueues {
  /** Makes the board hold what `request` may see. Rejects when Redis does not answer. */
  prepareFor(request: Named | undefined): Promise<void>;
  /** A queue that is on the board. */
  queue(name: string): WorkspaceQueue | undefined;
  /** Names on the board, for tests and logs. */
  names(): string[];
  close(): Promise<void>;
}

export interface ShownQueuesOptions {
  readonly source: QueueSource;
  readonly board: QueueBoard;
  readonly limit: number;
  readonly adapter: AdapterOptions;
  readonly freshMs?: number;
  readonly nowMs: () => number;
}

const FRESH_MS = 2_000;
const NAMED_LIMIT = 20;
const PING_DEADLINE_MS = 2_000;

export function createShownQueues(options: ShownQueuesOptions): ShownQueues {
  const { source, board, freshMs = FRESH_MS, nowMs } = options;
  const queues = new Map<string, WorkspaceQueue>();
  const opening = new Map<string, Promise<void>>();
  const active = new Set<string>();
  /** In order of their last request, the latest last. */
  const named = new Set<string>();
  let freshUntilMs = 0;
  let refreshing: Promise<void> | undefined;

  function ensure(name: string): Promise<void> {
    if (queues.has(name)) return Promise.resolve();
    const underWay = opening.get(name) ?? add(name).finally(() => opening.delete(name));
    opening.set(name, underWay);
    return underWay;
  }

  async function add(name: string): Promise<void> {
    const queue = source.queueFor(name);
    try {
      // While Redis is away it does not get on the board: Bull Board would fail on it.
      await queue.waitUntilReady();
    } catch (error) {
      await queue.close().catch(() => {});
      throw error;
    }
    const adapter = new WorkspaceAdapter(queue, options.adapter);
    adapter.setVisibilityGuard((request) => active.has(name) || nameIn(request) === name);
    queues.set(name, queue);
    board.addQueue(adapter);
  }

  function remove(name: string): void {
    const queue = queues.get(name);
    queues.delete(name);
    board.removeQueue(name);
    // The connection is the scheduler's, and stays open.
    queue?.close().catch(() => {});
  }

  function removeUnseen(): void {
    for (const name of queues.keys()) if (!active.has(name) && !named.has(name)) remove(name);
  }

  async function refresh(): Promise<void> {
    const names = await source.activeWorkspaces(options.limit);
    active.clear();
    for (const name of names.slice(0, options.limit)) active.add(name);
    removeUnseen();
    await Promise.all([...active].map(ensure));
    freshUntilMs = nowMs() + freshMs;
  }

  async function include(name: string): Promise<void> {
    if (active.has(name)) return;
    const counts = await countsOf(source, name);
    named.delete(name);
    if (counts !== undefined && hasJobs(counts)) {
      named.add(name);
      for (const oldest of named) {
        if (named.size <= NAMED_LIMIT) break;
        named.delete(oldest);
      }
      await ensure(name);
    }
    removeUnseen();
  }

  return {
    async prepareFor(request) {
      await source.ping(PING_DEADLINE_MS);
      if (nowMs() >= freshUntilMs) {
        refreshing ??= refresh().finally(() => {
          refreshing = undefined;
        });
        await refreshing;
      }
      const name = nameIn(request);
      if (name !== undefined) await include(name);
    },
    queue: (name) => queues.get(name),
    names: () => [...queues.keys()],
    async close() {
      active.clear();
      named.clear();
      removeUnseen();
    },
  };
}

/** The workspace a request of Bull Board's page is about, as its routes and queries name it. */
function nameIn(request: Named | undefined): string | undefined {
  const name = request?.params['queueName'] ?? request?.query['activeQueue'] ?? request?.query['queueName'];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Undefined when the name cannot be a workspace's: it came from a URL. */
async function countsOf(source: QueueSource, name: string): Promise<WorkspaceCounts | undefined> {
  try {
    return (await source.counts([name]))[0];
  } catch (error) {
    if ((error as { code?: unknown }).code === 'WORKSPACE_NAME_INVALID') return undefined;
    throw error;
  }
}

function hasJobs(counts: WorkspaceCounts): boolean {
  const jobs = counts.waiting + counts.active + counts.delayed + counts.completed + counts.dead;
  return jobs > 0 || counts.state !== 'idle';
}
