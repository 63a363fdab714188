/** The Redis that systems are played on: one server, or a cluster. Private, and emptied before each contest. */
import { Redis } from 'ioredis';
import { countCommands } from '../command-count.ts';

export interface FairServer {
  readonly redis: { readonly url: string; readonly cluster?: boolean };
  /** Of each primary. */
  readonly nodes: readonly string[];
}

export async function emptyServer({ nodes }: FairServer): Promise<void> {
  await Promise.all(
    nodes.map(async (url) => {
      const redis = new Redis(url);
      await redis.flushall();
      redis.disconnect();
    }),
  );
}

/** Commands that clients send to all nodes together during `work`. */
export async function countRequests({ nodes }: FairServer, work: () => Promise<void>): Promise<number> {
  let total = 0;
  const around = nodes.reduceRight(
    (inner, url) => async () => {
      // What `inner` adds must be there before this is added to it.
      const count = await countCommands(url, inner);
      total += count;
    },
    work,
  );
  await around();
  return total;
}
