/** The process of one contest: fills and drains a little, then the whole, and says what the whole drain took. */
import { Redis } from 'ioredis';
import { readOrder, tell } from '../child.ts';
import { drainFairlead, fillFairlead } from '../peers/fairlead.ts';
import { drainGroupMq, fillGroupMq, GROUPMQ_CONCURRENCY } from '../peers/groupmq.ts';
import { drainStock, fillStock, STOCK_CONCURRENCY } from '../peers/stock.ts';
import { measure } from '../redis-usage.ts';
import type { Order } from './contest.ts';

const WARM_UP_JOBS = 10_000;

const order = readOrder<Order>();
const { url, tenants } = order;

const peers = {
  stock: {
    fill: (jobs: number) => fillStock(url, jobs, tenants),
    drain: (jobs: number) => drainStock(url, jobs, tenants, { concurrency: STOCK_CONCURRENCY }),
  },
  groupmq: {
    fill: (jobs: number) => fillGroupMq(url, jobs, tenants),
    drain: (jobs: number) => drainGroupMq(url, jobs, GROUPMQ_CONCURRENCY),
  },
  fairlead: {
    fill: (jobs: number) => fillFairlead(url, jobs, tenants, order.events),
    drain: (jobs: number) =>
      drainFairlead(url, jobs, order.quantum === undefined ? {} : { quantum: order.quantum }),
  },
};

const peer = peers[order.peer];
const redis = new Redis(url);
await peer.fill(WARM_UP_JOBS);
await peer.drain(WARM_UP_JOBS);
await redis.flushall();
await peer.fill(order.jobs);
globalThis.gc?.();
tell(await measure(redis, () => peer.drain(order.jobs)));
