import { expect, test } from '@jest/globals';
import { parseDrillValue } from './drill-value.ts';

test('each signal takes values of what it is measured in', () => {
  expect(parseDrillValue('claim_latency', '80ms')).toBe(80);
  expect(parseDrillValue('ledger_lag', '40s')).toBe(40_000);
  expect(parseDrillValue('failure_rate', '5%')).toBe(500);
  expect(parseDrillValue('redis_memory', '70.25%')).toBe(7_025);
  expect(parseDrillValue('duplicate_sends', '1')).toBe(1);
  expect(parseDrillValue('stalled_jobs', 'missing')).toBeNull();
});

test.each([
  ['failure_rate', '5'],
  ['failure_rate', '80ms'],
  ['failure_rate', '101%'],
  ['claim_latency', '80'],
  ['claim_latency', '5%'],
  ['duplicate_sends', '1.5'],
  ['duplicate_sends', '1s'],
] as const)('%s of %s is refused: it would be another exercise than was meant', (signal, text) => {
  expect(() => parseDrillValue(signal, text)).toThrow(`${signal} cannot be ${text}.`);
});
