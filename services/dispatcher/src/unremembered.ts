import type { Producer, Scheduler, Tally } from '@fairlead/scheduler';
import type { Tracer } from '@opentelemetry/api';
import { type AdmissionParts, createAdmission } from './admission.ts';
import { createBacklogGate } from './backlog.ts';
import { counting } from './counting.ts';
import { createIntake, type IntakeMetrics } from './intake.ts';
import type { JobKeeping } from './job-keeping.ts';
import type { KnownWorkspaces } from './known-workspaces.ts';
import { batchRoutes } from './routes/batches.ts';
import { jobRoutes } from './routes/jobs.ts';
import { createSendSpan, inSendSpan } from './send-span.ts';

export interface UnrememberedParts {
  readonly scheduler: Pick<Scheduler, 'counts' | 'job' | 'memory'>;
  readonly producer: Producer;
  readonly known: Pick<KnownWorkspaces, 'require'>;
  /** How full Redis may be, in percent of its maxmemory, before new work is refused. */
  readonly fullPercent: number;
  readonly metrics: IntakeMetrics;
  readonly tally: Tally;
  readonly pressure: AdmissionParts['pressure'];
  readonly tracer?: Tracer | undefined;
  readonly logger: AdmissionParts['logger'];
}

/** Jobs that are in Redis and nowhere else. */
export function keepInRedis(parts: UnrememberedParts): JobKeeping {
  const { scheduler, producer, known, metrics, pressure, logger } = parts;
  const fullPercent = async () => parts.fullPercent;
  const admission = createAdmission({ scheduler, pressure, logger, fullPercent });
  const gate = createBacklogGate(scheduler);
  const sendSpan = parts.tracer && createSendSpan(parts.tracer);
  const traced = inSendSpan(createIntake({ known, gate, admission, producer, metrics }), sendSpan);
  const intake = counting(traced, parts.tally);
  // Nobody remembers keys.
  const keys = 'impossible';
  return {
    handled: [
      ...jobRoutes({ intake, metrics, scheduler, admission, keys }),
      ...batchRoutes({ intake, metrics, admission, keys }),
    ],
    admission,
    loops: [admission],
    jobs: undefined,
    drain() {},
    async flush() {},
  };
}
