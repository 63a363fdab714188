import { expect, test } from '@jest/globals';
import { diag } from '@opentelemetry/api';
import { tellDiagnostics } from './tell-diagnostics.ts';

test('what goes wrong with spans is told once, shortened, and not with every batch', () => {
  const told: object[] = [];
  tellDiagnostics({ warn: (fields) => told.push(fields) });
  diag.info('all is well');
  diag.error('a collector is away', 'x'.repeat(10_000));
  diag.error('a collector is away');
  expect(told).toEqual([{ detail: expect.stringMatching(/^a collector is away x+$/), untold: 0 }]);
  expect(JSON.stringify(told).length).toBeLessThan(600);
});
