import { expect, test } from '@jest/globals';
import { createLeadership } from './leadership.ts';

function rig() {
  const asked: string[] = [];
  const database = { holder: '', epoch: 0, away: false };
  let nowMs = 0;
  const leadership = (holder: string) =>
    createLeadership({
      holder,
      leaseMs: 9_000,
      clock: () => nowMs,
      leases: {
        async acquire(name, who) {
          asked.push(who);
          if (database.away) throw new Error('away');
          if (database.holder !== '' && database.holder !== who) {
            return { outcome: 'taken', by: database.holder, expiresAt: new Date(0) };
          }
          if (database.holder !== who) database.epoch += 1;
          database.holder = who;
          return { outcome: 'held', fence: { name, epoch: database.epoch }, expiresAt: new Date(0) };
        },
        async release({ epoch }) {
          if (epoch === database.epoch) database.holder = '';
          return true;
        },
      },
    });
  return { asked, database, leadership, pass: (ms: number) => (nowMs += ms) };
}

test('it is renewed three times within its time', async () => {
  const { asked, leadership, pass } = rig();
  const mine = leadership('a');
  for (let second = 0; second < 9; second++) {
    await mine.ensure();
    pass(1_000);
  }
  expect(asked).toHaveLength(3);
});

test('a standby asks each time, and takes it when it is given up', async () => {
  const { leadership } = rig();
  const [first, second] = [leadership('a'), leadership('b')];
  expect(await first.ensure()).toMatchObject({ epoch: 1 });
  expect(await second.ensure()).toBeUndefined();
  expect(await second.ensure()).toBeUndefined();
  await first.release();
  expect(await second.ensure()).toMatchObject({ epoch: 2 });
});

test('who was told that it lost the lease asks again at once', async () => {
  const { asked, leadership } = rig();
  const mine = leadership('a');
  await mine.ensure();
  mine.lost();
  await mine.ensure();
  expect(asked).toHaveLength(2);
});
