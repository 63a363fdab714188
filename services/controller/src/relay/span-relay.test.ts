import type { StoredDecision } from '@fairlead/ledger';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createComplaints } from '../loop/complaints.ts';
import { createSpanRelay } from './span-relay.ts';

const row = (position: number) =>
  ({ position, text: '', record: { evaluatedAt: position * 1_000 } }) as unknown as StoredDecision;

function rig(rows: StoredDecision[]) {
  const sent: number[][] = [];
  const log: string[] = [];
  const collector = { isUp: true };
  let cursor = 0;
  const say = (_: object, message: string) => void log.push(message);
  const relay = createSpanRelay({
    now: () => 10_000,
    complaints: createComplaints({ info: say, warn: say }),
    ledger: {
      decisions: {
        tail: async ({ after, limit }) => rows.filter(({ position }) => position > after).slice(0, limit),
      },
      spanExport: {
        cursor: async () => cursor,
        async advance(position) {
          cursor = position;
        },
      },
    },
    exporter: {
      async export(decisions) {
        if (!collector.isUp) return 'refused';
        sent.push((decisions as StoredDecision[]).map(({ position }) => position));
        return 'accepted';
      },
      async shutdown() {},
    },
  });
  return { relay, sent, log, collector, cursor: () => cursor };
}

test('what the collector did not take while it was away goes when it is back, in order', async () => {
  const rows = Array.from({ length: 600 }, (_, index) => row(index + 1));
  const { relay, sent, log, collector, cursor } = rig(rows);
  collector.isUp = false;
  relay.kick();
  await waitFor(() => log.length > 0, { what: 'it complains' });
  expect([cursor(), relay.lagSeconds()]).toEqual([0, 9]);
  relay.kick();
  collector.isUp = true;
  relay.kick();
  await waitFor(() => cursor() === 600, { what: 'all are sent' });
  expect(sent.flat()).toEqual(rows.map(({ position }) => position));
  await waitFor(() => relay.lagSeconds() === 0, { what: 'it is up to date' });
  rows.push(row(601));
  relay.kick();
  await waitFor(() => cursor() === 601, { what: 'the next is sent' });
  await relay.stop();
  expect(log).toEqual([
    'spans of decisions are taken no longer; trying again',
    'spans of decisions are taken again',
  ]);
});

test('once it is stopped nothing is sent', async () => {
  const { relay, sent } = rig([row(1)]);
  await relay.stop();
  relay.kick();
  expect(sent).toEqual([]);
});
