import { describe, expect, test } from '@jest/globals';
import { parseSecret, signatureHeaders } from './signature.ts';

describe('the signature', () => {
  test('is that of the reference implementation of Standard Webhooks for its own example', () => {
    const parsed = parseSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const key = parsed.outcome === 'parsed' ? parsed.key : Buffer.alloc(0);
    expect(
      signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}', [key]),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});

describe('a signing secret', () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 251).toString('base64')}`;

  for (const text of [of(24), of(32), of(64), of(32).replace(/=+$/, '')]) {
    test(`of ${text.length} characters is taken`, () => {
      expect(parseSecret(text).outcome).toBe('parsed');
    });
  }

  for (const text of [
    '',
    'whsec_',
    of(23),
    of(65),
    of(32).slice(6),
    'whsec_correct horse battery staple, and more',
  ]) {
    test(`such as ${JSON.stringify(text.slice(0, 12))} of ${text.length} characters is refused, and not repeated`, () => {
      const parsed = parseSecret(text);
      expect(parsed).toEqual({
        outcome: 'invalid',
        reason: expect.stringMatching(/^a signing secret must be/),
      });
      if (text.length > 10) expect(JSON.stringify(parsed)).not.toContain(text.slice(6));
    });
  }
});
