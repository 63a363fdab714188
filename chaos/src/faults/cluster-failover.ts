import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterNode, type TestCluster, waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, figure, some, within } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';

const LANES = 24;
/** As many as a deployment on a cluster has by default. */
const SHARDS = 64;

interface Killed {
  readonly atMs: number;
  /** From the kill to the first job of its shards that was done by whoever took its place. */
  readonly backAfterMs: number;
  /** The longest time without a finished job of the shards of others, from the kill until then. */
  readonly pauseOfOthersMs: number;
}

export const clusterFailover: FaultTest = {
  name: 'cluster-failover',
  about: 'a primary of a Redis Cluster of 3 + 3 is killed, under load',
  run: ({ quick, say }) =>
    withRig(
      async (rig) => {
        const { cluster } = rig;
        const [dispatcher] = await Promise.all([rig.dispatcher(), rig.replica(), rig.replica()]);
        const client = rig.client(dispatcher, LANES);
        const accepted: string[] = [];
        let over = false;
        const lane = async (_: unknown, n: number) => {
          while (!over) {
            const reply = await client.add({ workspace: `lane-${n}`, payload: { ms: 0, effects: ['once'] } });
            if (reply.outcome === 'answered' && reply.status < 300) accepted.push(reply.body.id);
            await sleep(quick ? 20 : 40);
          }
        };
        const lanes = Array.from({ length: LANES }, lane);
        const finishedOf = (workspaces: readonly string[], sinceMs: number) =>
          rig.sql<{ at: string }>(
            `SELECT extract(epoch FROM e.at) * 1000 AS at FROM chaos_effect e JOIN "Job" j ON j.id::text = e.job
             WHERE j.workspace = ANY($1) AND e.at > to_timestamp($2::float8 / 1000) ORDER BY e.at`,
            [workspaces, sinceMs],
          );

        async function kill(primary: ClusterNode, served: ReadonlyMap<string, ClusterNode>): Promise<Killed> {
          const [its, others] = [true, false].map((own) =>
            [...served].flatMap(([name, node]) => ((node === primary) === own ? name : [])),
          ) as [string[], string[]];
          const atMs = Date.now();
          await primary.kill('SIGKILL');
          const key = keyOf(await shardOf(cluster, its[0] as string, primary));
          const takenOverMs = await waitFor(
            async () => ((await cluster.primaryOf(key)) === primary ? undefined : Date.now()),
            { what: 'a replica takes its place', deadlineMs: 60_000 },
          );
          const back = await waitFor(async () => (await finishedOf(its, takenOverMs))[0], {
            what: 'jobs of its shards are done again',
            deadlineMs: 60_000,
          });
          const times = [atMs, ...(await finishedOf(others, atMs)).map(({ at }) => Number(at)), Date.now()];
          const pauses = times.slice(1).map((time, i) => time - (times[i] as number));
          return { atMs, backAfterMs: Number(back.at) - atMs, pauseOfOthersMs: Math.max(...pauses) };
        }

        const kills: Killed[] = [];
        for (const primary of quick ? [undefined] : cluster.primaries) {
          await sleep(quick ? 1_500 : 10_000);
          const served = await servedBy(cluster);
          // On a machine that stands still a replica may have taken the place of any of them by itself.
          const victim = primary ?? (served.get('lane-0') as ClusterNode);
          kills.push(await kill(victim, served));
          say(
            `kill ${kills.length}: back after ${Math.round(kills.at(-1)?.backAfterMs ?? 0)} ms, ${accepted.length} accepted`,
          );
          // One that is left alone has no replica, and its shards none to outlive the next kill.
          if (!quick) await comeBack(victim);
        }
        await sleep(quick ? 500 : 5_000);
        over = true;
        await Promise.all(lanes);
        await drained(rig, 120_000);
        return [
          figure('kills', kills.length, some),
          figure('consuming_again_after_at_most', worst(kills, 'backAfterMs'), within(15_000, quick), 'ms'),
          figure(
            'longest_pause_of_other_shards',
            worst(kills, 'pauseOfOthersMs'),
            within(3_000, quick),
            'ms',
          ),
          figure('crossslot_errors', await crossSlotErrors(cluster), exactly(0)),
          ...(await verdict(rig, { accepted })),
        ];
      },
      { cluster: true },
    ),
};

function worst(kills: readonly Killed[], what: 'backAfterMs' | 'pauseOfOthersMs'): number {
  return Math.round(Math.max(...kills.map((kill) => kill[what])));
}

async function comeBack(node: ClusterNode): Promise<void> {
  await node.restart();
  await waitFor(async () => (await node.command('INFO', 'replication')).includes('link_status:up'), {
    what: 'the killed one follows its successor',
    deadlineMs: 60_000,
  });
}

const keyOf = (shard: number) => `{fl${shard}}:~ring`;

/** A slot is the checksum of a key modulo 16,384, and a shard that of a workspace's name modulo the shards. */
async function shardOf(cluster: TestCluster, workspace: string, away?: ClusterNode): Promise<number> {
  const node = cluster.primaries.find((primary) => primary !== away) as ClusterNode;
  return Number((await node.command('CLUSTER', 'KEYSLOT', workspace)).slice(1)) % SHARDS;
}

/** By workspace: the primary of its shard. */
async function servedBy(cluster: TestCluster): Promise<Map<string, ClusterNode>> {
  const served = new Map<string, ClusterNode>();
  for (let n = 0; n < LANES; n++) {
    const name = `lane-${n}`;
    served.set(name, await cluster.primaryOf(keyOf(await shardOf(cluster, name))));
  }
  return served;
}

/** As the nodes have counted them; one that was killed has forgotten its own. */
async function crossSlotErrors(cluster: TestCluster): Promise<number> {
  const nodes = [...cluster.primaries, ...cluster.replicas];
  const stats = await Promise.all(nodes.map((node) => node.command('INFO', 'errorstats').catch(() => '')));
  return stats.filter((text) => text.includes('errorstat_CROSSSLOT')).length;
}
