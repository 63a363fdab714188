/**
 * What do more replicas and more shards cost? The same jobs drained by 1, 2 and 4 replicas from one Redis, and by one
 * replica from a cluster of three primaries. The replicas are in one process, so that it is Redis' time per job that
 * tells; what cores could make of it, two of them cannot show.
 */
import { type ClusterNode, privateCluster, privateRedis } from '@fairlead/testkit';
import { type Bench, inTurn } from '../bench.ts';
import { type Figure, median } from '../figure.ts';
import { drainFairlead, FAIRLEAD_CONCURRENCY, fillFairlead } from '../peers/fairlead.ts';
import { medianRatio } from '../ratio.ts';

const JOBS = 100_000;
const QUICK_JOBS = 10_000;
const ROUNDS = 3;
const WORKSPACES = 1_000;
const REPLICAS = [1, 2, 4] as const;

type Node = Pick<ClusterNode, 'command'>;

interface Cost {
  readonly jobsPerSecond: number;
  /** Of all servers together, µs a job. */
  readonly redis: number;
  readonly node: number;
}

export const scaleOut: Bench = {
  name: 'scale-out',
  about: "Redis' time per job with 1, 2 and 4 replicas, and on a cluster of 3 primaries",
  async run({ quick, say }) {
    const jobs = quick ? QUICK_JOBS : JOBS;
    const [server, cluster] = await Promise.all([privateRedis(), privateCluster()]);
    try {
      const single = { url: server.url };
      const many = { url: cluster.url, cluster: true };
      const contest =
        (redis: typeof single, nodes: readonly Node[], replicas: number) => async (): Promise<Cost> => {
          await Promise.all(nodes.map((node) => node.command('FLUSHALL')));
          await fillFairlead(redis, jobs, WORKSPACES);
          const [redisBefore, nodeBefore, startedMs] = [
            await cpuOf(nodes),
            process.cpuUsage(),
            performance.now(),
          ];
          await drainFairlead(redis, jobs, { replicas });
          const seconds = (performance.now() - startedMs) / 1_000;
          const { user, system } = process.cpuUsage(nodeBefore);
          return {
            jobsPerSecond: jobs / seconds,
            redis: ((await cpuOf(nodes)) - redisBefore) / jobs,
            node: (user + system) / jobs,
          };
        };
      const results = await inTurn(
        {
          ...Object.fromEntries(
            REPLICAS.map((replicas) => [nameOf(replicas), contest(single, [server], replicas)]),
          ),
          cluster: contest(many, cluster.primaries, 1),
        },
        quick ? 1 : ROUNDS,
        say,
        ({ jobsPerSecond, redis, node }) =>
          `${Math.round(jobsPerSecond).toLocaleString('en')} jobs/s, Redis ${redis.toFixed(1)} µs/job, Node ${node.toFixed(1)} µs/job`,
      );
      const of = (name: string, value: (cost: Cost) => number) => (results[name] ?? []).map(value);
      const ratio = (name: string, value: (cost: Cost) => number) =>
        medianRatio(of(name, value), of(nameOf(1), value));
      const names = [...REPLICAS.map(nameOf), 'cluster'];
      return {
        settings: {
          jobs,
          workspaces: WORKSPACES,
          fairleadConcurrency: FAIRLEAD_CONCURRENCY,
          clusterShards: 64,
        },
        figures: [
          ...names.slice(1).map(
            (name): Figure => ({
              name: `redis_us_ratio_${name}`,
              value: ratio(name, ({ redis }) => redis),
              unit: '×',
            }),
          ),
          ...names.map(
            (name): Figure => ({
              name: `redis_us_per_job_${name}`,
              value: median(of(name, ({ redis }) => redis)),
              unit: 'µs',
            }),
          ),
          ...names.slice(1).map(
            (name): Figure => ({
              name: `throughput_ratio_${name}`,
              value: ratio(name, ({ jobsPerSecond }) => jobsPerSecond),
              unit: '×',
            }),
          ),
        ],
      };
    } finally {
      await Promise.all([server.stop(), cluster.stop()]);
    }
  },
};

const nameOf = (replicas: number) => (replicas === 1 ? '1_replica' : `${replicas}_replicas`);

/** Processor time of servers so far, µs. */
async function cpuOf(nodes: readonly Node[]): Promise<number> {
  const infos = await Promise.all(nodes.map((node) => node.command('INFO', 'cpu')));
  const field = (info: string, name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return infos.reduce(
    (sum, info) => sum + (field(info, 'used_cpu_user') + field(info, 'used_cpu_sys')) * 1e6,
    0,
  );
}
