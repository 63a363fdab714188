import { describe, expect, test } from '@jest/globals';
import { builtInHandlers } from './built-in-handlers.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

describe('the built-in handlers', () => {
  test('are there without any configuration', () => {
    expect(builtInHandlers({})).toMatchObject({ outcome: 'ready', handlers: { 'http.request': {} } });
  });

  test.each([`${SECRET}, ${OTHER}`, `${SECRET}\n${OTHER}`])(
    'take several secrets, with commas or one a line as in a file, and an allow-list',
    (secrets) => {
      const built = builtInHandlers({
        FAIRLEAD_HTTP_SIGNING_SECRET: secrets,
        FAIRLEAD_HTTP_ALLOW: '127.0.0.1:8081, 10.0.0.0/8 worker.internal',
      });
      expect(built.outcome).toBe('ready');
    },
  );

  test('say all that is wrong, and no secret', () => {
    const built = builtInHandlers({
      FAIRLEAD_HTTP_SIGNING_SECRET: `${SECRET},correct-horse-battery-staple`,
      FAIRLEAD_HTTP_ALLOW: '10.0.0.0/99',
    });
    expect(built).toEqual({
      outcome: 'failed',
      problems: [
        expect.stringMatching(/^FAIRLEAD_HTTP_SIGNING_SECRET: a signing secret must be whsec_/),
        expect.stringMatching(/^FAIRLEAD_HTTP_ALLOW: .*"10\.0\.0\.0\/99" is not an address/),
      ],
    });
    expect(JSON.stringify(built)).not.toContain('battery');
  });
});
