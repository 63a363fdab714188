/**
 * Drains no-op jobs, ledger off: one Fairlead replica over many workspaces against stock BullMQ on one queue with its best
 * concurrency, stock BullMQ with one worker per workspace, and GroupMQ with a group per workspace. Event streams (where
 * there are any), locks, retries and stalled checks are on for all; completed jobs are removed; every job's number is
 * checked.
 */
import { type Bench, inTurn } from '../bench.ts';
import { type Contest, play } from '../contest/contest.ts';
import { type Figure, median } from '../figure.ts';
import { FAIRLEAD_CONCURRENCY } from '../peers/fairlead.ts';
import { GROUPMQ_CONCURRENCY } from '../peers/groupmq.ts';
import { STOCK_CONCURRENCY } from '../peers/stock.ts';
import { medianRatio } from '../ratio.ts';
import type { Usage } from '../redis-usage.ts';

const JOBS = 100_000;
const QUICK_JOBS = 10_000;
const ROUNDS = 5;
const MANY = 1_000;

export const throughput: Bench = {
  name: 'throughput',
  about: 'drain no-op jobs from 1 to 10,000 workspaces, ledger off',
  async run({ quick, say }) {
    const jobs = quick ? QUICK_JOBS : JOBS;
    const rounds = quick ? 1 : ROUNDS;
    const contest = (
      peer: Contest['peer'],
      tenants: number,
      settings: Pick<Contest, 'quantum' | 'events'> = {},
    ) => {
      return () => play({ peer, jobs, tenants, ...settings });
    };
    const perSecond = ({ seconds }: Usage) => jobs / seconds;

    const results = await inTurn(
      {
        // Who is compared runs one after the other: the machine is not the same for long.
        'stock, one queue': contest('stock', 1),
        'fairlead, 1,000 workspaces': contest('fairlead', MANY),
        'fairlead, 10,000 workspaces': contest('fairlead', 10_000),
        'fairlead, 1,000, quantum 1': contest('fairlead', MANY, { quantum: 1 }),
        'fairlead, 1,000, events off': contest('fairlead', MANY, { events: 'off' }),
        'fairlead, 1 workspace': contest('fairlead', 1),
        'fairlead, 100 workspaces': contest('fairlead', 100),
        'groupmq, 100 groups': contest('groupmq', 100),
        'groupmq, 1,000 groups': contest('groupmq', MANY),
        'groupmq, 10,000 groups': contest('groupmq', 10_000),
        'stock, a worker per queue': contest('stock', MANY),
        'stock, 100 queues with workers': contest('stock', 100),
      },
      rounds,
      say,
      (usage) =>
        `${Math.round(perSecond(usage)).toLocaleString('en')} jobs/s, Redis ${(usage.redisMicroseconds / jobs).toFixed(1)} µs/job, ` +
        `Node ${(usage.nodeMicroseconds / jobs).toFixed(1)} µs/job`,
    );

    const of = (name: string) => results[name] ?? [];
    const ratio = (name: string, peer: string) =>
      medianRatio(of(name).map(perSecond), of(peer).map(perSecond));
    const perJob = (name: string, cost: (usage: Usage) => number) =>
      median(of(name).map((usage) => cost(usage) / jobs));
    const atLeast = (value: number): Pick<Figure, 'unit' | 'goal'> => ({
      unit: '×',
      goal: { op: '>=', value },
    });
    const many = 'fairlead, 1,000 workspaces';
    const single = 'stock, one queue';
    /** For the chart: by number of workspaces. A worker per queue of one is the single queue; 10,000 it does not survive. */
    const lines: Readonly<Record<string, Readonly<Record<number, string>>>> = {
      fairlead: {
        1: 'fairlead, 1 workspace',
        100: 'fairlead, 100 workspaces',
        1000: many,
        10000: 'fairlead, 10,000 workspaces',
      },
      worker_per_queue: {
        1: single,
        100: 'stock, 100 queues with workers',
        1000: 'stock, a worker per queue',
      },
      groupmq: { 100: 'groupmq, 100 groups', 1000: 'groupmq, 1,000 groups', 10000: 'groupmq, 10,000 groups' },
    };
    const redisCost = (usage: Usage) => usage.redisMicroseconds;
    const nodeCost = (usage: Usage) => usage.nodeMicroseconds;
    return {
      settings: {
        jobs,
        rounds,
        stockConcurrency: STOCK_CONCURRENCY,
        groupmqConcurrency: GROUPMQ_CONCURRENCY,
        fairleadConcurrency: FAIRLEAD_CONCURRENCY,
        quantum: 4,
      },
      figures: [
        { name: 'stock_single_jobs_per_second', value: median(of(single).map(perSecond)), unit: 'jobs/s' },
        { name: 'ratio_stock_single_at_1', value: ratio('fairlead, 1 workspace', single), unit: '×' },
        { name: 'ratio_stock_single_at_100', value: ratio('fairlead, 100 workspaces', single), unit: '×' },
        { name: 'ratio_stock_single_at_1000', value: ratio(many, single), ...atLeast(1.3) },
        {
          name: 'ratio_stock_single_at_10000',
          value: ratio('fairlead, 10,000 workspaces', single),
          ...atLeast(1.25),
        },
        {
          name: 'ratio_stock_single_at_1000_quantum_1',
          value: ratio('fairlead, 1,000, quantum 1', single),
          unit: '×',
        },
        {
          name: 'ratio_stock_single_at_1000_events_off',
          value: ratio('fairlead, 1,000, events off', single),
          unit: '×',
        },
        {
          name: 'ratio_worker_per_queue_at_1000',
          value: ratio(many, 'stock, a worker per queue'),
          ...atLeast(4),
        },
        { name: 'ratio_groupmq_at_1000', value: ratio(many, 'groupmq, 1,000 groups'), ...atLeast(5) },
        {
          name: 'redis_us_per_job_at_1000',
          value: perJob(many, redisCost),
          unit: 'µs',
          goal: { op: '<=', value: 28 },
        },
        {
          name: 'node_us_per_job_at_1000',
          value: perJob(many, nodeCost),
          unit: 'µs',
          goal: { op: '<=', value: 22 },
        },
        ...Object.entries(lines).flatMap(([line, contestants]) =>
          Object.entries(contestants).map(([workspaces, name]) => ({
            name: `${line}_jobs_per_second_at_${workspaces}`,
            value: median(of(name).map(perSecond)),
            unit: 'jobs/s',
          })),
        ),
        { name: 'stock_redis_us_per_job', value: perJob(single, redisCost), unit: 'µs' },
        { name: 'stock_node_us_per_job', value: perJob(single, nodeCost), unit: 'µs' },
      ],
    };
  },
};
