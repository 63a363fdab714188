import type { Consumer } from '@fairlead/consumer';
import {
  createReadiness,
  createServiceApp,
  type Logger,
  ProblemError,
  type ServiceAppOptions,
} from '@fairlead/http';

type Routes = ServiceAppOptions['routes'];

/** Less than a probe's usual second, so that the answer can say what is missing. */
const CHECK_DEADLINE_MS = 900;

/** `/healthz`, `/readyz` and `/metrics`: a consumer has no other requests to answer. */
export function createApp(parts: {
  readonly consumer: Pick<Consumer, 'ping' | 'state'>;
  /** Absent when the ledger is off. */
  readonly ledger?: { ping(deadlineMs: number): Promise<void> } | undefined;
  readonly logger: Logger;
  readonly metrics: ServiceAppOptions['metrics'];
}): ReturnType<typeof createServiceApp> {
  const { consumer, ledger, logger, metrics } = parts;

  async function makesProgress(): Promise<void> {
    const state = consumer.state();
    if (state.phase !== 'running') throw new ProblemError('SHUTTING_DOWN', `the replica is ${state.phase}`);
    if (!state.healthy) throw new ProblemError('NOT_READY', state.reason ?? 'the replica makes no progress');
  }

  return createServiceApp({
    logger,
    metrics,
    routes: ((_req, _res, next) => next()) as Routes,
    readiness: createReadiness(
      {
        Redis: (deadlineMs) => consumer.ping(deadlineMs),
        ...(ledger ? { Postgres: (deadlineMs: number) => ledger.ping(deadlineMs) } : {}),
        replica: makesProgress,
      },
      { deadlineMs: CHECK_DEADLINE_MS, logger },
    ),
  });
}
