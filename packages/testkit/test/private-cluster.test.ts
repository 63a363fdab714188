import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ClusterNode, privateCluster, type TestCluster, waitFor } from '../src/index.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await privateCluster({ replicas: 1 });
});
afterAll(() => cluster?.stop());

test('its primaries share all slots, and each has a replica', async () => {
  const info = await (cluster.primaries[0] as (typeof cluster.primaries)[0]).command('CLUSTER', 'INFO');
  expect(info).toContain('cluster_state:ok');
  expect(info).toContain('cluster_slots_assigned:16384');
  expect(info).toContain('cluster_size:3');
  expect(cluster.replicas.map(({ follows }) => follows)).toEqual([0, 1, 2]);
});

test('a replica takes the place of a killed primary, which follows it when it is back', async () => {
  const before = await cluster.primaryOf('some-key');
  await before.kill('SIGKILL');
  const after = await waitFor(() => cluster.primaryOf('some-key').catch(() => undefined), {
    what: 'the replica serves its slots',
  });
  // On a machine that stood still, a replica may have taken the place of its primary before.
  const pairOf = (node: ClusterNode) => node.follows ?? cluster.primaries.indexOf(node);
  expect([after === before, pairOf(after)]).toEqual([false, pairOf(before)]);
  await before.restart();
  await waitFor(async () => (await before.command('INFO', 'replication')).includes('master_link_status:up'), {
    what: 'the old primary follows the new one',
  });
});
