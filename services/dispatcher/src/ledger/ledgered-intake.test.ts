import type { Producer } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { OPEN_ADMISSION } from '../../test/fakes.ts';
import { createLedgeredIntake } from './ledgered-intake.ts';

/** Accepts a job while `standsStillMs` pass between the commit and its answer; tells what became of it. */
async function acceptOne(standsStillMs: number) {
  let nowMs = 1_000_000;
  const deeds: string[] = [];
  const producer: Producer = {
    async add(jobs) {
      deeds.push('added');
      return jobs.map(({ id }) => ({ outcome: 'added', id, state: 'waiting', position: 1 }));
    },
  };
  const intake = createLedgeredIntake({
    known: { require: async () => new Map() },
    gate: { admit: async (wanted) => new Map(wanted) },
    admission: OPEN_ADMISSION,
    producer,
    jobs: {
      async accept(jobs) {
        nowMs += standsStillMs;
        return jobs.map(({ id }) => ({ outcome: 'accepted', id, dueLater: false }));
      },
      acceptedBefore: async () => [],
      relayNow: async () => void deeds.push('relayed at once'),
    },
    queued: { note: (ids) => void (ids.length > 0 && deeds.push('noted')) },
    metrics: { accepted() {}, repeated() {}, queued: (way) => void deeds.push(`measured: ${way}`) },
    logger: { warn() {} },
    now: () => nowMs,
  });
  const [answer] = await intake.accept([{ workspace: 'acme', type: 't' }]);
  return { answer, deeds };
}

test('what is committed is added, noted and measured', async () => {
  const { answer, deeds } = await acceptOne(5_000);
  expect(answer).toMatchObject({ outcome: 'accepted', state: 'waiting' });
  expect(deeds).toEqual(['added', 'noted', 'measured: direct']);
});

test('a dispatcher that stood still after its commit leaves the adding to the relay', async () => {
  const { answer, deeds } = await acceptOne(5_001);
  expect(answer).toMatchObject({ outcome: 'accepted', state: 'accepted' });
  expect(deeds).toEqual([]);
});
