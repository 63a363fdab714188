import { describe, expect, test } from '@jest/globals';
import { httpRequestInput } from './input.ts';

const url = 'https://worker.example/resize?token=s3cret';

function problems(input: unknown): string[] {
  const parsed = httpRequestInput.safeParse(input);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the payload of http.request', () => {
  test('needs no more than a URL', () => {
    expect(httpRequestInput.parse({ url })).toEqual({
      url,
      method: 'POST',
      headers: {},
      expect: ['200-299'],
    });
  });

  test('takes any JSON for a body', () => {
    for (const body of [null, 0, '', [], { a: [1] }]) {
      expect(httpRequestInput.parse({ url, body })).toMatchObject({ body });
    }
  });

  test('takes headers, a timeout and what to expect', () => {
    const input = { url, headers: { Authorization: 'Bearer t' }, timeoutMs: 1_000, expect: [404, '200-204'] };
    expect(httpRequestInput.parse(input)).toMatchObject(input);
  });

  test('is refused for what it does not know', () => {
    expect(problems({ url, workspace: 'other' })).toEqual([': Unrecognized key: "workspace"']);
    expect(problems({})).toHaveLength(1);
    expect(problems({ url, method: 'TRACE' })).toHaveLength(1);
    expect(problems({ url, method: 'GET', body: 1 })).toEqual(['body: a GET has no body']);
    expect(problems({ url, timeoutMs: 600_001 })).toHaveLength(1);
  });

  const badUrls = {
    'worker.example': 'url: is not a URL',
    'ftp://worker.example/s3cret': 'url: must begin with http:// or https://',
    'file:///etc/passwd': 'url: must begin with http:// or https://',
    'https://user:s3cret@worker.example':
      'url: must not hold a user or password: use an Authorization header',
    'https://user@worker.example': 'url: must not hold a user or password: use an Authorization header',
    'http://[fe80::1%25eth0]/': 'url: is not a URL',
  };
  for (const [bad, problem] of Object.entries(badUrls)) {
    test(`is refused for the URL ${bad}, which is not repeated`, () => {
      expect(problems({ url: bad })).toEqual([problem]);
    });
  }

  for (const name of [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Upgrade',
    'TE',
    'Webhook-Signature',
    'Idempotency-Key',
    'expect',
  ]) {
    test(`is refused for the header ${name}`, () => {
      expect(problems({ url, headers: { [name]: 'x' } })).toHaveLength(1);
    });
  }

  test('is refused for headers that are malformed, too many, too long or double', () => {
    expect(problems({ url, headers: { 'a b': 'x' } })).toHaveLength(1);
    expect(problems({ url, headers: { '': 'x' } })).toHaveLength(1);
    expect(problems({ url, headers: { a: 'x\r\nHost: y' } })).toEqual(['headers.a: must be printable ASCII']);
    expect(problems({ url, headers: { a: 'é' } })).toEqual(['headers.a: must be printable ASCII']);
    expect(problems({ url, headers: { a: '1', A: '2' } })).toEqual(['headers: names a header twice']);
    expect(problems({ url, headers: { a: 'x'.repeat(4_097) } })).toHaveLength(1);
    const many = Array.from({ length: 33 }, (_, nth) => [`h${nth}`, 'x']);
    expect(problems({ url, headers: Object.fromEntries(many) })).toEqual([
      'headers: has more than 32 headers',
    ]);
    const long = Array.from({ length: 5 }, (_, nth) => [`h${nth}`, 'x'.repeat(4_000)]);
    expect(problems({ url, headers: Object.fromEntries(long) })).toEqual([
      'headers: is longer than 16384 characters',
    ]);
  });

  for (const expected of [[], [199], [600], ['2xx'], ['299-200'], ['200-600'], Array(21).fill(200)]) {
    test(`is refused for expecting ${JSON.stringify(expected).slice(0, 20)}`, () => {
      expect(problems({ url, expect: expected })).not.toEqual([]);
    });
  }
});
