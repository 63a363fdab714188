/**
 * A producer with a connection of its own, for a program that uses Fairlead as a library: it adds jobs, and has the settings
 * of the workspaces.
 *
 * Claims are refused while a Redis has no generation, so that no quota is broken before the settings are there. Where
 * dispatchers serve that Redis they restore the settings and write the generation. Where there are none this program does,
 * before its first job and again after each reconnection: a Redis that came back may have come back empty.
 */
import { FairleadError, type WorkspaceConfig } from '@fairlead/core';
import type { Queue } from 'bullmq';
import { redisFault } from './connection.ts';
import { shardOf } from './keys.ts';
import { completeSettings, type WorkspaceSettings } from './own-settings.ts';
import { type Producer, producerOver } from './producer.ts';
import { createScheduler, type SchedulerInternals, type SchedulerOptions } from './scheduler.ts';
import { markReady } from './verbs/ready.ts';

export interface ProducerOptions extends SchedulerOptions {
  /** Settings of workspaces by name. Others are as by default; a name without settings makes it known to the replicas. */
  readonly workspaces?: Readonly<Record<string, WorkspaceSettings>>;
  /**
   * Who keeps the settings: this program (default), or the dispatchers that serve the same Redis. Then `workspaces` has
   * to be left out, and `configure` rejects: change them over HTTP.
   */
  readonly settings?: 'program' | 'dispatcher';
}

/** A producer that has its connection to itself. */
export interface OwnProducer extends Producer {
  /**
   * Resolves when Redis answers and the settings are in place; `add` waits for that by itself.
   *
   * @throws FairleadError REDIS_UNAVAILABLE after `deadlineMs` (default 5,000)
   */
  ready(deadlineMs?: number): Promise<void>;
  /**
   * Writes settings, which hold from the next claim on, for the existing backlog too. They replace what the workspace
   * had: what is left out is as by default.
   *
   * @throws FairleadError CONFIG_INVALID, REDIS_UNAVAILABLE
   */
  configure(workspaces: Readonly<Record<string, WorkspaceSettings>>): Promise<void>;
  /**
   * A stock BullMQ Queue of a workspace, on this connection. The workspace is made known, so that the replicas find what
   * the queue adds: within known workspaces / 1,000 seconds, and a second at least. The same one every time.
   *
   * @throws FairleadError WORKSPACE_NAME_INVALID, REDIS_UNAVAILABLE
   */
  queueFor(workspace: string): Promise<Queue>;
  /** Closes the connection, and so the queues on it. */
  close(): Promise<void>;
}

/** Opens a producer. It connects in the background and reconnects for ever. @throws FairleadError CONFIG_INVALID */
export function createOwnProducer(given: ProducerOptions): OwnProducer {
  const { workspaces = {}, settings = 'program', ...options } = given;
  const known = new Map<string, WorkspaceConfig>();
  note(workspaces);
  const scheduler = createScheduler(options) as SchedulerInternals;
  const { redis } = scheduler;
  const producer = producerOver(scheduler);

  let prepared: Promise<void> | undefined;
  const queues = new Map<string, Promise<Queue>>();
  redis.on('close', () => {
    prepared = undefined;
    queues.clear();
  });

  function note(more: Readonly<Record<string, WorkspaceSettings>>): void {
    const complete = Object.entries(more).map(([name, one]) => [name, completeSettings(name, one)] as const);
    if (settings === 'dispatcher' && complete.length > 0) throw keptByDispatchers();
    for (const [name, config] of complete) known.set(name, config);
  }

  /** Once for each connection, and again when it failed. */
  function prepare(): Promise<void> {
    prepared ??= write().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  async function write(): Promise<void> {
    if (settings === 'dispatcher') return;
    await scheduler.configure([...known].map(([workspace, config]) => ({ workspace, config })));
    await scheduler.writeGeneration();
  }

  async function openQueue(workspace: string): Promise<Queue> {
    const { shards, eventStreamLength } = scheduler.options;
    const shard = shardOf(workspace, shards);
    await prepare();
    await markReady(redis, shard, 'added', eventStreamLength, [workspace]).catch((error: unknown) => {
      throw redisFault(error);
    });
    return scheduler.queueFor(workspace);
  }

  return {
    async add(jobs) {
      await prepare();
      return producer.add(jobs);
    },
    async ready(deadlineMs = 5_000) {
      await scheduler.ping(deadlineMs);
      await prepare();
    },
    async configure(more) {
      note(more);
      await prepare();
      const written = Object.keys(more).map((workspace) => ({
        workspace,
        config: known.get(workspace) as WorkspaceConfig,
      }));
      await scheduler.configure(written);
    },
    queueFor(workspace) {
      const queue = queues.get(workspace) ?? openQueue(workspace);
      queues.set(workspace, queue);
      queue.catch(() => queues.delete(workspace));
      return queue;
    },
    close: () => scheduler.close(),
  };
}

function keptByDispatchers(): FairleadError {
  return new FairleadError('CONFIG_INVALID', 'The settings of workspaces are kept by dispatchers here.', {
    fix: 'Change them over HTTP (PATCH /v1/workspaces/…), or leave out settings: "dispatcher" where there is none.',
  });
}
