/** docs/backpressure.md knows every reason, and every fault that is backpressure, as it is answered. */
import { readFileSync } from 'node:fs';
import { BACKPRESSURE_REASONS, FAULTS, type FaultCode, reasonOf } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { pressureHeader, workspaceRefusal } from './answers.ts';

const guide = readFileSync(new URL('../../../../docs/backpressure.md', import.meta.url), 'utf8');

test('the guide has every reason', () => {
  for (const reason of BACKPRESSURE_REASONS) expect(guide).toContain(`| \`${reason}\` |`);
});

test('the guide has every refusal, with its status and reason', () => {
  const codes = (Object.keys(FAULTS) as FaultCode[]).filter((code) => reasonOf(code) !== undefined);
  expect(codes).toHaveLength(3);
  for (const code of codes) {
    expect(guide).toContain(`| ${FAULTS[code].status} | \`${code}\` | \`${reasonOf(code)}\` |`);
  }
});

test('its examples are what is sent', () => {
  const [refusal = ''] = guide.match(/\{\n {2}"type".*?\n\}/s) ?? [];
  expect(JSON.parse(refusal)).toEqual(
    workspaceRefusal({
      ...{ level: 'hard', reason: 'backlog_limit', retryAfterMs: 45_000 },
      waitingReason: 'quota_exhausted',
    }),
  );
  const advice = { level: 'soft', reason: 'backlog_limit', retryAfterMs: 12_000 } as const;
  expect(guide).toContain(`    Fairlead-Pressure: ${pressureHeader([advice])['fairlead-pressure']}\n`);
});
