import { expect, test } from '@jest/globals';
import { telemetryMetadata, traceparentOf } from './telemetry-option.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a traceparent comes back from the metadata that carries it, ours or that of the stock library', () => {
  expect(traceparentOf(telemetryMetadata(PARENT))).toBe(PARENT);
  expect(traceparentOf(JSON.stringify({ tracestate: 'a=b', traceparent: PARENT }))).toBe(PARENT);
});

test.each([undefined, 5, '', 'null', '5', '{', '{"traceparent":5}', '[]'])(
  'what a stock producer left there instead is none: %p',
  (metadata) => {
    expect(traceparentOf(metadata)).toBeUndefined();
  },
);
