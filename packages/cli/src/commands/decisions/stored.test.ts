import { expect, test } from '@jest/globals';
import { openScreen } from '../../output/screen.ts';
import { openTable } from '../../output/table.ts';
import { type StoredDecision, storedColumns } from './stored.ts';

const AUTOSCALE = { id: 'autoscale:9', kind: 'autoscale', from: 1_024, to: 16_384, reasonCode: 'ramp_step' };
const ROLLOUT = { id: 'rollout:fair-time:3', kind: 'rollout', from: 500, to: 2_500, reasonCode: 'advanced' };
const LONG = `backpressure:${'a'.repeat(63)}:12`;
const BACKPRESSURE = { id: LONG, kind: 'backpressure', from: 2, to: 1, reasonCode: 'backlog_limit' };
const PROMOTION = { id: 'promotion:acme:1', kind: 'promotion', from: 64, to: 64, reasonCode: 'gate_open' };

test('decisions that come one by one stand in columns that stay, but for one with a long name', () => {
  const screen = openScreen({ isTTY: true, columns: 160, write: () => true, once() {} }, { NO_COLOR: '1' });
  const print = openTable(screen, storedColumns(screen));
  const words = 'It is said why, in a sentence that is longer than what is left of the line. '.repeat(2);
  const come = (some: object) =>
    print([{ at: '2026-01-01T00:00:00.000Z', action: 'hold', words, ...some } as StoredDecision]);
  const [headings = '', first = ''] = come(AUTOSCALE).split('\n');
  const lines = [first, ...[ROLLOUT, BACKPRESSURE, PROMOTION, AUTOSCALE].map((one) => come(one).trimEnd())];
  const placeOf = (reason: string) => lines.map((line) => line.indexOf(reason)).filter((place) => place >= 0);
  const place = headings.indexOf('REASON');
  expect(placeOf('ramp_step')).toEqual([place, place]);
  expect([placeOf('advanced'), placeOf('gate_open')]).toEqual([[place], [place]]);
  expect(lines.map((line) => line.indexOf('It is')).toSpliced(2, 1)).toEqual(
    Array(4).fill(headings.indexOf('WHY')),
  );
  expect(lines[2]).toContain(` ${LONG} `);
  // None is longer than the screen.
  expect(lines.map((line) => line.length)).toEqual(Array(5).fill(160));
});
