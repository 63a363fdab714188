/** A replica in a process of its own, to be killed. It is told what to do, and tells what it does. */

import type { ReplicaMessage } from './killable-replica.ts';
import { clockMs, work } from './real-time.ts';
import { createReplica, type ReplicaOrder } from './replica.ts';

const order = JSON.parse(process.argv[2] ?? '') as ReplicaOrder;
const tell = (message: ReplicaMessage) => process.send?.(message);

const consumer = createReplica(order, async (job, runMs, failing) => {
  tell({ what: 'started', job, atMs: clockMs() });
  await work(runMs);
  tell({ what: 'ended', job, atMs: clockMs() });
  if (failing) throw new Error('this attempt is to fail');
});
process.once('message', () => consumer.start());
process.once('disconnect', () => process.exit());
await consumer.ping(10_000);
tell({ what: 'ready' });
