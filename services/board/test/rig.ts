/** A private Redis with a scheduler and a claimer on it, for the tests of one file, emptied before each test. */
import {
  type Claimer,
  createClaimer,
  createProducer,
  createScheduler,
  type Producer,
  type Scheduler,
} from '@fairlead/scheduler';
import { privateRedis, type TestRedis } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type OpenBoard, type OpenBoardOptions, openBoard } from './open-board.ts';

/** The commands that tests send to Redis themselves. */
export interface RawRedis {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Of the client object: what queue objects leave on it. */
  listenerCount(event: string): number;
}

export interface Rig {
  readonly server: TestRedis;
  readonly scheduler: Scheduler;
  readonly producer: Producer;
  /** Without its loops: nothing happens in Redis that the test did not ask for. */
  readonly claimer: Claimer;
  /** The scheduler's own connection. */
  readonly raw: RawRedis;
  /** A board over the scheduler, closed after the test. */
  board(options?: OpenBoardOptions): Promise<OpenBoard>;
  /** Adds `count` jobs; ids are `<workspace>-<n>`. */
  add(
    workspace: string,
    count: number,
    job?: { type?: string; payload?: unknown; delayMs?: number; recorded?: boolean },
  ): Promise<void>;
}

export function useRig(): Rig {
  let parts: Pick<Rig, 'server' | 'scheduler' | 'producer' | 'claimer' | 'raw'> | undefined;
  const boards: OpenBoard[] = [];
  let ids = 0;
  const started = () => {
    if (!parts) throw new Error('the rig starts in beforeAll');
    return parts;
  };

  beforeAll(async () => {
    const server = await privateRedis();
    const scheduler = createScheduler({ redis: { url: server.url } });
    await scheduler.ping(10_000);
    const probe = scheduler.queueFor('probe');
    const raw = (await (probe.getBackend() as unknown as { client: Promise<unknown> }).client) as RawRedis;
    await probe.close();
    parts = {
      server,
      scheduler,
      producer: createProducer(scheduler),
      claimer: createClaimer(scheduler, { replicaId: 'replica-1', lockMs: 600_000 }),
      raw,
    };
  });
  beforeEach(async () => {
    await started().raw.call('FLUSHALL');
    await started().scheduler.writeGeneration();
  });
  afterEach(async () => {
    for (const board of boards.splice(0)) await board.close();
  });
  afterAll(async () => {
    if (!parts) return;
    await parts.claimer.stop();
    await parts.scheduler.close();
    await parts.server.stop();
  });

  return {
    get server() {
      return started().server;
    },
    get scheduler() {
      return started().scheduler;
    },
    get producer() {
      return started().producer;
    },
    get claimer() {
      return started().claimer;
    },
    get raw() {
      return started().raw;
    },
    async board(options) {
      const board = await openBoard(started().scheduler, options);
      boards.push(board);
      return board;
    },
    async add(workspace, count, { type = 'demo.echo', payload = {}, delayMs, recorded = false } = {}) {
      const added = await started().producer.add(
        Array.from({ length: count }, () => ({
          workspace,
          id: `${workspace}-${++ids}`,
          type,
          payload,
          maxAttempts: 1,
          recorded,
          ...(delayMs === undefined ? {} : { delayMs }),
        })),
      );
      const failed = added.find((job) => job.outcome === 'failed');
      if (failed) throw failed.error;
    },
  };
}
