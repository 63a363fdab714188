/** A replica as users have it; the handler tells when a job starts and ends, and takes as long as the job says. */
import { type Consumer, createConsumer, defineHandlers } from '@fairlead/consumer';
import { z } from 'zod';
import type { FairServer } from './server.ts';

export interface ReplicaOrder {
  readonly redis: FairServer['redis'];
  readonly shards: number;
  readonly slots: number;
  /** Of a contest in which a replica dies: its jobs are to be found soon. */
  readonly lockMs?: number;
  readonly stallIntervalMs?: number;
}

/** Runs job `number`; a throw is a failed attempt. */
export type RunJob = (number: number, runMs: number, failing: boolean) => Promise<void>;

export const JOB_TYPE = 'planned';

/** What stands in a job: whoever runs it may be a process that has no plan. */
const payload = z.object({ number: z.number(), runMs: z.number(), failures: z.number() });
export type Payload = z.output<typeof payload>;

export function createReplica({ slots, ...order }: ReplicaOrder, run: RunJob): Consumer {
  return createConsumer({
    ...order,
    concurrency: slots,
    handlers: defineHandlers({
      [JOB_TYPE]: {
        input: payload,
        run: async (job) => {
          const { number, runMs, failures } = job.input as Payload;
          await run(number, runMs, job.attempt <= failures);
          return null;
        },
      },
    }),
    keepCompleted: { count: 0, ageSeconds: 0 },
  });
}
