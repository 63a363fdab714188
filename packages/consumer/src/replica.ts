/** The replica: the pull loop, the jobs it has in flight, their end in a drain, and its state to look at. */
import { createBell } from './bell.ts';
import type { Claimer } from './claimer-port.ts';
import type { Clock } from './clock.ts';
import { type DrainReport, drainInSteps } from './drain.ts';
import type { EffectLedger } from './effect-ledger.ts';
import { createEnding } from './ending.ts';
import type { ConsumerEvent, FinishOutcome } from './events.ts';
import type { Handler } from './handlers.ts';
import { createInFlight } from './in-flight.ts';
import type { JobTraces } from './job-traces.ts';
import { logEvent } from './log-event.ts';
import type { ReplicaOptions } from './options.ts';
import { createPullLoop } from './pull-loop.ts';
import { createQuietLog, type Logger } from './quiet-log.ts';
import { safeEmit } from './safe-emit.ts';
import { examine } from './watchdog.ts';

/** What a replica is at; counts are since its start. */
export interface ConsumerState {
  readonly phase: 'new' | 'running' | 'draining' | 'stopped';
  readonly concurrency: number;
  /** Its share of the capacity of the cluster, where that is less: no more handlers are begun at once. */
  readonly limit: number;
  /** Handlers that run now. */
  readonly running: number;
  /** Of those, handlers whose attempt is over and that have not come back. */
  readonly overdue: number;
  /** Finished jobs that Redis is being told of now. */
  readonly settling: number;
  readonly claimed: number;
  readonly finished: Readonly<Record<FinishOutcome, number>>;
  /** Whether it makes progress; `reason` says why not. */
  readonly healthy: boolean;
  readonly reason?: string;
}

export interface Replica {
  /** Starts the loop; returns at once, whether or not Redis is there. */
  start(): void;
  /** From now on no more attempts than this are begun at once; undefined for its concurrency alone. */
  obey(share: number | undefined): void;
  /** What was settled here made other jobs runnable. */
  freed(): void;
  /** Stops claiming, waits for handlers, gives up the rest; resolves within `deadlineMs`. Repeatable. */
  drain(deadlineMs: number): Promise<DrainReport>;
  state(): ConsumerState;
}

export interface ReplicaParts {
  readonly claimer: Claimer;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly options: ReplicaOptions;
  /** Name of the field in which a job remembers since when nobody knew its type. */
  readonly unknownSinceField: string;
  readonly clock: Clock;
  /** Remembers effects; without one, `ctx.once` throws. */
  readonly effects?: EffectLedger | undefined;
  /** Makes the spans of jobs; without one there are none. */
  readonly traces?: JobTraces | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly emit: (event: ConsumerEvent) => void;
}

export function createReplica(given: ReplicaParts): Replica {
  const { claimer, options, clock } = given;
  const { concurrency } = options;
  const warn = createQuietLog(given.logger, clock);
  const loopBell = createBell(clock);
  const drainBell = createBell(clock);
  const stopping = createEnding(clock);
  const closing = createEnding(clock);

  const tell = safeEmit(given.emit, warn);
  const emit = (event: ConsumerEvent): void => {
    logEvent(event, warn);
    tell(event);
  };

  let share: number | undefined;
  const limit = () => Math.min(concurrency, share ?? concurrency);

  function onChange(): void {
    loopBell.ring();
    drainBell.ring();
  }

  const parts = { ...given, concurrency, limit, warn, emit, closing, stopping };
  const inFlight = createInFlight({ ...parts, onChange });
  const loop = createPullLoop({ ...parts, inFlight, bell: loopBell, onTaken: drainBell.ring });
  let phase: ConsumerState['phase'] = 'new';
  let draining: Promise<DrainReport> | undefined;

  const undecided = () => inFlight.running() - inFlight.overdue();

  async function drain(deadlineMs: number): Promise<DrainReport> {
    const startMs = clock.nowMs();
    const before = inFlight.finished();
    const inHands = undecided() + inFlight.settling();
    const claimedBefore = inFlight.claimed();
    phase = 'draining';
    stopping.end();
    inFlight.putBackWaiting();
    claimer.drain();
    claimer.interrupt();
    loopBell.ring();
    await drainInSteps(
      {
        pending: () => undecided() + inFlight.settling() + (loop.isTaking() ? 1 : 0),
        changed: drainBell,
        interruptRunning: inFlight.interrupt,
        giveUpRunning: inFlight.giveUp,
        close() {
          closing.end();
          return claimer.stop();
        },
      },
      clock,
      deadlineMs,
    );
    phase = 'stopped';
    const after = inFlight.finished();
    const since = (outcome: FinishOutcome) => after[outcome] - before[outcome];
    const finished = since('completed') + since('retrying') + since('dead') + since('cancelled');
    const notOurs = since('lost_lock') + since('gone') + since('postponed');
    return {
      finished,
      abandoned: inHands + inFlight.claimed() - claimedBefore - finished - notOurs,
      putBack: since('put_back'),
      durationMs: Math.round(clock.nowMs() - startMs),
    };
  }

  return {
    start() {
      if (phase !== 'new') return;
      phase = 'running';
      void loop.run();
    },
    obey(given) {
      if (given === share) return;
      share = given;
      loopBell.ring();
    },
    freed: loop.lookAgain,
    drain: (deadlineMs) => (draining ??= drain(deadlineMs)),
    state() {
      const [running, overdue] = [inFlight.running(), inFlight.overdue()];
      const nowMs = clock.nowMs();
      const progress =
        phase === 'running' ? loop.progress() : { progressAtMs: nowMs, obstacle: 'none' as const };
      const vitals = { nowMs, freeSlots: limit() - running, overdue, concurrency, ...progress };
      return {
        phase,
        concurrency,
        limit: limit(),
        running,
        overdue,
        settling: inFlight.settling(),
        claimed: inFlight.claimed(),
        finished: inFlight.finished(),
        ...examine(vitals, options.watchdogMs),
      };
    },
  };
}
