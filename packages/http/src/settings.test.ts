import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  commonSettings,
  fileOf,
  ledgerSettings,
  parseSettings,
  schedulerSettings,
  tracingSettings,
  whole,
} from './settings.ts';

const schema = z.object({ ...commonSettings, LIMIT: whole(1, 5, 3).describe('how many') });
const REDIS_URL = 'redis://127.0.0.1:1';

test('an empty variable counts as not set, and white space around a value as nothing', () => {
  expect(parseSettings(schema, { REDIS_URL: ` ${REDIS_URL} `, LIMIT: '', OTHER: 'x' })).toEqual({
    outcome: 'valid',
    config: {
      REDIS_URL,
      FAIRLEAD_REDIS_CLUSTER: 'off',
      FAIRLEAD_EVENT_STREAM_LENGTH: 1_000,
      HOST: '127.0.0.1',
      PORT: 0,
      LOG_LEVEL: 'info',
      LIMIT: 3,
    },
  });
});

test('all problems are told at once, by name and purpose, and no value is', () => {
  expect(parseSettings(schema, { LIMIT: '6', PORT: '1.5' })).toEqual({
    outcome: 'invalid',
    problems: [
      'REDIS_URL is not set (where Redis is)',
      'PORT must be a whole number (port to listen on; 0 takes any that is free)',
      'LIMIT must be at most 5 (how many)',
    ],
  });
  const secret = 'mysql://user:hunter2@host/db';
  const result = parseSettings(z.object(ledgerSettings), { DATABASE_URL: secret });
  expect(result).toMatchObject({ outcome: 'invalid' });
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

describe('a secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-settings-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const secrets = z.object({
    TOKEN: z.string().min(6, 'is too short').describe('opens the door'),
    TOKEN_FILE: fileOf('TOKEN'),
  });

  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  test('may stand in a file, without its last line break', () => {
    expect(parseSettings(secrets, { TOKEN_FILE: file('good', 'open sesame\n') })).toMatchObject({
      outcome: 'valid',
      config: { TOKEN: 'open sesame' },
    });
  });

  test('is not taken from two places', () => {
    const env = { TOKEN: 'canary-in-env', TOKEN_FILE: file('both', 'canary-in-file') };
    expect(parseSettings(secrets, env)).toEqual({
      outcome: 'invalid',
      problems: ['TOKEN_FILE and TOKEN are both set: take one away'],
    });
  });

  test.each([
    ['that is not there', () => join(folder, 'canary-absent'), 'cannot be read (ENOENT)'],
    ['that is a folder', () => folder, 'cannot be read (EISDIR)'],
    ['that is empty', () => file('empty', ' \n'), 'names an empty file'],
  ])('in a file %s is refused, once and without the path', (_what, path, reason) => {
    const result = parseSettings(secrets, { TOKEN_FILE: path() });
    expect(result).toEqual({ outcome: 'invalid', problems: [`TOKEN_FILE ${reason}`] });
  });

  test('in a file is checked like any other, and not repeated', () => {
    const result = parseSettings(secrets, { TOKEN_FILE: file('short', 'abcd') });
    expect(result).toEqual({ outcome: 'invalid', problems: ['TOKEN is too short (opens the door)'] });
  });
});

test('a password that cannot be decoded is refused at once, not at the first connection', () => {
  const env = { REDIS_URL: 'redis://u:50%off@h:1', DATABASE_URL: 'postgresql://u:50%off@h/d' };
  expect(parseSettings(z.object({ ...commonSettings, ...ledgerSettings }), env)).toEqual({
    outcome: 'invalid',
    problems: [
      expect.stringMatching(/^REDIS_URL has a % .* write it as %25/),
      expect.stringMatching(/^DATABASE_URL has a % .* write it as %25/),
    ],
  });
});

test.each(['SSLMODE=verify-full', 'ssl_mode=verify-full', 'tls=true', 'ssl=true'])(
  'a wish for TLS to Postgres that the driver does not understand is refused: %s',
  (query) => {
    const DATABASE_URL = `postgresql://h/d?${query}`;
    expect(parseSettings(z.object(ledgerSettings), { DATABASE_URL })).toMatchObject({
      problems: [expect.stringContaining('sslmode, sslrootcert')],
    });
    const right = `${DATABASE_URL.replace(/\?.*/, '')}?sslmode=verify-full&application_name=x`;
    expect(parseSettings(z.object(ledgerSettings), { DATABASE_URL: right })).toMatchObject({
      outcome: 'valid',
    });
  },
);

describe('TLS to Redis', () => {
  const redis = z.object(commonSettings);

  test('is not undone by what stands behind the ? of the URL', () => {
    expect(parseSettings(redis, { REDIS_URL: 'rediss://h:1?tls=' })).toMatchObject({
      problems: [expect.stringContaining('must have no ?… part')],
    });
    expect(parseSettings(redis, { REDIS_URL: 'redis://h:1?family=6' })).toMatchObject({ outcome: 'valid' });
  });

  test('is asked for by the URL when there are authorities for it', () => {
    expect(parseSettings(redis, { REDIS_URL, REDIS_TLS_CA: 'no PEM' })).toEqual({
      outcome: 'invalid',
      problems: [
        expect.stringMatching(/^REDIS_TLS_CA must be certificates in PEM/),
        'REDIS_TLS_CA is set, but REDIS_URL does not ask for TLS: it must begin with rediss://',
      ],
    });
  });
});

describe('a Redis Cluster', () => {
  const redis = z.object(commonSettings);
  const nodes = 'redis://user:p%40ss@a:1,b:2,c:3';

  test('is asked for by a setting, and some of its nodes are named by one URL', () => {
    const result = parseSettings(redis, { REDIS_URL: nodes, FAIRLEAD_REDIS_CLUSTER: 'on' });
    if (result.outcome === 'invalid') throw new Error(result.problems.join());
    expect(schedulerSettings(result.config, 'fairlead-test')).toEqual({
      redis: { url: nodes, cluster: true, tlsCa: undefined, connectionName: 'fairlead-test' },
      shards: undefined,
      eventStreamLength: 1_000,
    });
  });

  test.each([
    [{ REDIS_URL: nodes }, 'REDIS_URL names several nodes, as only a cluster has them'],
    [{ REDIS_URL: 'redis://a:1/2', FAIRLEAD_REDIS_CLUSTER: 'on' }, 'REDIS_URL names a database'],
    [{ REDIS_URL: 'redis://a:1,b:x', FAIRLEAD_REDIS_CLUSTER: 'on' }, 'REDIS_URL must be a URL'],
    [{ REDIS_URL, FAIRLEAD_REDIS_CLUSTER: 'yes' }, 'FAIRLEAD_REDIS_CLUSTER must be on or off'],
  ])('that cannot be meant is refused: %j', (env, problem) => {
    expect(parseSettings(redis, env)).toEqual({
      outcome: 'invalid',
      problems: [expect.stringContaining(problem)],
    });
  });
});

test('a sampler and its share are those of OpenTelemetry', () => {
  const tracing = z.object(tracingSettings);
  expect(
    parseSettings(tracing, {
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    }),
  ).toMatchObject({
    config: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: 0.01 },
  });
  expect(
    parseSettings(tracing, { OTEL_TRACES_SAMPLER: 'sometimes', OTEL_TRACES_SAMPLER_ARG: '2' }),
  ).toMatchObject({
    problems: [
      expect.stringMatching(/^OTEL_TRACES_SAMPLER must be one of the samplers/),
      expect.stringMatching(/^OTEL_TRACES_SAMPLER_ARG must be at most 1/),
    ],
  });
});

test('headers of the collector are read as the specification of OTLP has them', () => {
  const OTEL_EXPORTER_OTLP_HEADERS = 'x-key=a%20b==, x-team=acme';
  expect(parseSettings(z.object(tracingSettings), { OTEL_EXPORTER_OTLP_HEADERS })).toMatchObject({
    config: { OTEL_EXPORTER_OTLP_HEADERS: { 'x-key': 'a b==', 'x-team': 'acme' } },
  });
  expect(parseSettings(z.object(tracingSettings), { OTEL_EXPORTER_OTLP_HEADERS: 'canary' })).toEqual({
    outcome: 'invalid',
    problems: [expect.not.stringContaining('canary')],
  });
});
