import { createClaimer, createScheduler, type RedisOptions, UNKNOWN_SINCE_FIELD } from '@fairlead/scheduler';
import type { Tracer } from '@opentelemetry/api';
import type { BareClaimer } from './claimer-port.ts';
import { systemClock } from './clock.ts';
import type { DrainReport } from './drain.ts';
import type { EffectLedger } from './effect-ledger.ts';
import type { ConsumerEvent } from './events.ts';
import { defineHandlers, type HandlerMap } from './handlers.ts';
import type { JobLedger } from './job-ledger.ts';
import { createJobTraces } from './job-traces.ts';
import { createLedgeredClaimer } from './ledgered-claimer.ts';
import { createLoopWatch } from './loop-watch.ts';
import { type GivenOptions, parseOptions } from './options.ts';
import { createQuietLog, type Logger, silentLogger } from './quiet-log.ts';
import { type ConsumerState, createReplica } from './replica.ts';
import { safeEmit } from './safe-emit.ts';
import { createLoopDelay } from './signals/loop-delay.ts';
import { createSignals } from './signals/signals.ts';
import { createUnledgeredClaimer } from './unledgered-claimer.ts';

/** Everything but `handlers` and `redis` has a default; see options.ts. */
export interface ConsumerOptions extends GivenOptions {
  readonly handlers: HandlerMap;
  readonly redis: RedisOptions;
  /**
   * Remembers the jobs that were accepted over HTTP, and effects; without one, jobs are as durable as Redis, and
   * `ctx.once` throws LEDGER_OFF.
   */
  readonly ledger?: { readonly jobs: JobLedger; readonly effects: EffectLedger };
  /** Makes a span of each claim, attempt and settlement; without one nothing is traced, and nothing is spent on it. */
  readonly tracer?: Tracer | undefined;
  readonly logger?: Logger;
  /** Called for what happens in the replica; it must be quick, and what it throws is dropped. */
  readonly onEvent?: (event: ConsumerEvent) => void;
}

/** A replica: runs handlers for the jobs of all workspaces, fairly. */
export interface Consumer {
  /** Begins to pull. Returns without waiting for Redis: when it is away, the replica waits for it. */
  start(): Promise<void>;
  /**
   * Stops claiming, waits for the running handlers and gives up the rest. Resolves within `deadlineMs` (default: the
   * option `drainTimeoutMs`) even when Redis does not answer. The consumer cannot be started again.
   */
  drain(deadlineMs?: number): Promise<DrainReport>;
  state(): ConsumerState;
  /**
   * Resolves when Redis answers.
   *
   * @throws FairleadError REDIS_UNAVAILABLE after `deadlineMs`
   */
  ping(deadlineMs: number): Promise<void>;
}

/** A lock is renewed after a third of its time. */
const RENEWALS_A_LOCK = 3;

/**
 * Makes a replica. Nothing runs before `start`.
 *
 * @throws FairleadError CONFIG_INVALID, HANDLERS_INVALID
 */
export function createConsumer(given: ConsumerOptions): Consumer {
  const { handlers, redis, ledger, tracer, logger = silentLogger, onEvent, ...rest } = given;
  const options = parseOptions(rest);
  const checked = defineHandlers({ ...handlers });
  const warn = createQuietLog(logger, systemClock);
  const tell = safeEmit(onEvent ?? (() => undefined), warn);
  const emit = (event: ConsumerEvent) => {
    signals.count(event);
    tell(event);
  };

  const scheduler = createScheduler({
    redis,
    shards: options.shards,
    eventStreamLength: options.eventStreamLength,
    logger,
  });
  const claimer = createClaimer(scheduler, {
    replicaId: options.replicaId,
    lockMs: options.lockMs,
    stallIntervalMs: options.stallIntervalMs,
    tidyAfterMs: options.tidyAfterMs,
    quantum: options.quantum,
    ...(options.partitionCap ? { partitionCap: options.partitionCap } : {}),
    ...(options.keepCompleted ? { keepCompleted: options.keepCompleted } : {}),
    ...(options.keepDead ? { keepDead: options.keepDead } : {}),
    onFreed: () => replica.freed(),
    onLockLost: (job) => emit({ event: 'lock_lost', job }),
    onStalled: (workspace, jobIds) => emit({ event: 'stalled', workspace, jobIds }),
    onQuarantined: (workspace, reason) => emit({ event: 'quarantined', workspace, reason }),
  });
  const signals = createSignals({
    report: scheduler.report,
    replicaId: options.replicaId,
    slots: options.concurrency,
    running: () => replica.state().running,
    loopDelay: createLoopDelay(systemClock),
    clock: systemClock,
    warn,
    onShare: (share) => replica.obey(share),
  });
  const own: BareClaimer = {
    ...claimer,
    start: async () => {
      await claimer.start();
      await signals.start();
    },
    stop: async () => {
      loopWatch.stop();
      await Promise.all([claimer.stop(), signals.stop()]);
      await scheduler.close();
    },
  };
  const loopWatch = createLoopWatch({
    leastMs: options.lockMs / RENEWALS_A_LOCK,
    clock: systemClock,
    onBlocked(durationMs) {
      emit({ event: 'loop_blocked', durationMs });
      warn('the event loop was blocked: no lock is renewed meanwhile, and jobs may run twice', {
        blockedMs: Math.round(durationMs),
        lockMs: options.lockMs,
      });
    },
  });
  const onTidied = (jobs: number) => emit({ event: 'tidied', jobs });
  const onForeign = (jobs: number) => emit({ event: 'foreign', jobs });
  const replica = createReplica({
    claimer: ledger
      ? createLedgeredClaimer({
          claimer: own,
          ledger: ledger.jobs,
          nowMs: Date.now,
          onTidied,
          onForeign,
          warn,
        })
      : createUnledgeredClaimer(own, warn),
    effects: ledger?.effects,
    traces: tracer && createJobTraces(tracer),
    handlers: new Map(Object.entries(checked)),
    options,
    unknownSinceField: UNKNOWN_SINCE_FIELD,
    clock: systemClock,
    random: Math.random,
    logger,
    emit,
  });

  return {
    async start() {
      loopWatch.start();
      replica.start();
    },
    drain(deadlineMs) {
      signals.drain();
      return replica.drain(deadlineMs ?? options.drainTimeoutMs);
    },
    state: replica.state,
    ping: (deadlineMs) => scheduler.ping(deadlineMs),
  };
}
