import { expect, test } from '@jest/globals';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a traceparent is read and written as it was', () => {
  const parsed = parseTraceparent(SAMPLED);
  expect(parsed).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    traceFlags: 1,
  });
  expect(parsed && formatTraceparent(parsed)).toBe(SAMPLED);
});

test.each([
  ['nothing', ''],
  ['another text', 'canary'],
  ['a version that is not known', SAMPLED.replace('00-', 'ff-')],
  ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['a span of zeros', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`],
  ['capital letters', SAMPLED.toUpperCase()],
  ['more behind it', `${SAMPLED}-x`],
])('%s names no span', (_what, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
