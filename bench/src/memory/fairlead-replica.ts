/** A process with one replica for all workspaces; says its memory when they are drained. */
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { z } from 'zod';
import { createChecklist } from '../checklist.ts';
import { readOrder } from '../child.ts';
import { type Order, tellMemory } from './held.ts';

const { url, jobs } = readOrder<Order>();
const checklist = createChecklist(jobs);
const consumer = createConsumer({
  handlers: defineHandlers({
    noop: {
      input: z.object({ number: z.number(), text: z.string() }),
      run: (job) => {
        checklist.tick(job.input.number);
        return null;
      },
    },
  }),
  redis: { url },
  keepCompleted: { count: 0, ageSeconds: 0 },
});
await consumer.start();
await checklist.complete;
checklist.verify();
await tellMemory();
