import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { watchCommands } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { claimIds } from './support/claiming.ts';
import { useRig } from './support/rig.ts';

const rig = useRig();
const OBSERVED_MS = 8_000;
/** As packages/consumer does. */
const IDLE_REPORT_MS = 5_000;

interface Observation {
  /** Commands that clients sent, by name. Those that scripts ran are not counted. */
  readonly commands: Map<string, number>;
  readonly connections: number;
  /** How long it was really watched: a busy machine wakes its sleepers late. */
  readonly seconds: number;
}

/** Watches the server from outside for a while. */
async function observe(forMs: number): Promise<Observation> {
  const commands = new Map<string, number>();
  const end = await watchCommands(rig.server.url, ({ words: [name = ''], by }) => {
    if (by === 'client') commands.set(name, (commands.get(name) ?? 0) + 1);
  });
  const beginMs = performance.now();
  // The one place where time itself is the matter: commands within it are counted.
  await sleep(forMs);
  end();
  const seconds = (performance.now() - beginMs) / 1_000;
  const clients = (await rig.raw.client('LIST')) as string;
  // All but the monitor and the test's own connection.
  const ours = clients.split('\n').filter((line) => line.includes('name=fairlead:'));
  return { commands, connections: ours.length, seconds };
}

test('with 1,000 known workspaces, an idle replica keeps few connections and sends almost nothing', async () => {
  const known = Array.from({ length: 1_000 }, (_, n) => `ws-${n}`);
  await rig.scheduler.configure(known.map((workspace) => ({ workspace, config: DEFAULT_WORKSPACE_CONFIG })));
  const claimer = rig.claimer();
  await claimer.start();
  let over = false;
  const consumer = (async () => {
    while (!over) {
      expect(await claimIds(claimer, 64)).toEqual([]);
      await claimer.waitForWork(60_000);
    }
  })();

  const vitals = { claims: [], locksLost: 0, running: 0, eventLoopP99Ms: 0 };
  const report = { reporter: 'one', kind: 'consumer', slots: 64, draining: false, vitals } as const;
  let reports = 0;
  const reporting = setInterval(() => {
    void rig.scheduler.report({ ...report, id: `${++reports}`, counts: new Map(), evidence: [] });
  }, IDLE_REPORT_MS);

  const { commands, connections, seconds } = await observe(OBSERVED_MS);
  clearInterval(reporting);
  over = true;
  claimer.drain();
  claimer.interrupt();
  await consumer;

  const sum = [...commands.values()].reduce((total, count) => total + count, 0);
  expect(sum / seconds).toBeLessThanOrEqual(2);
  expect(connections).toBeLessThanOrEqual(10);
  expect(reports).toBeGreaterThan(0);
  // It was not idle because it was dead: the sweep went on.
  expect(commands.get('evalsha')).toBeGreaterThanOrEqual(OBSERVED_MS / 1_000 / 2);
});
