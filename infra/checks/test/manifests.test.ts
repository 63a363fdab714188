/** The files of infra/kubernetes and infra/keda, against Kubernetes' and KEDA's own schemas and against the code. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_AUTOSCALE_POLICY, statedReplicas } from '@fairlead/core';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { makeSecrets, wrongWithEnvironment } from './environments.ts';
import { ROOT, read, readJson, SERVICES, type Service } from './repository.ts';

interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly securityContext: object;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: as many shapes as kinds; their schemas have checked them
  readonly spec: any;
}

const FOLDERS = ['infra/kubernetes', 'infra/keda'];
const manifests = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .flatMap((name) => parseAllDocuments(read(`${folder}/${name}`)).map((one) => one.toJS() as Manifest)),
);
const VERSION = (readJson('package.json') as { version: string }).version;
const find = (kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const podOf = (service: Service) => find('Deployment', `fairlead-${service}`).spec.template.spec;
const containerOf = (service: Service): Container => podOf(service).containers[0];

/** The module of `kubernetes-models` that has a kind. */
const moduleOf = (apiVersion: string) =>
  apiVersion.startsWith('keda.sh/')
    ? `@kubernetes-models/keda/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;

/**
 * Schemas say what a field must be, types besides that there is no other one: a misspelt field is an error. Both are made from
 * what Kubernetes and KEDA publish. In a process of its own, which can load their modules as they are.
 */
test('are what Kubernetes and KEDA take, field by field', () => {
  const folder = mkdtempSync(join(ROOT, 'infra/checks/.manifests-'));
  try {
    const kinds = new Map(manifests.map(({ kind, apiVersion }) => [kind, moduleOf(apiVersion)]));
    const lines = [
      ...[...kinds].map(([kind, module]) => `import { ${kind}, type I${kind} } from '${module}';`),
      ...manifests.map((one, i) => `const m${i}: I${one.kind} = ${JSON.stringify(one)};`),
      ...manifests.map((one, i) => `new ${one.kind}(m${i}).validate();`),
      'console.log("valid");',
    ];
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
    const config = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: { noEmit: true, skipLibCheck: true, exactOptionalPropertyTypes: false },
      files: ['manifests.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const run = (program: string, ...args: string[]) => {
      try {
        return execFileSync(process.execPath, [program, ...args], {
          cwd: folder,
          encoding: 'utf8',
          env: { ...process.env, NODE_OPTIONS: '' },
        });
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return `${stdout}${stderr}`;
      }
    };
    expect(run(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json')).toBe('');
    expect(run('manifests.ts')).toBe('valid\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('kustomize has every file, and pins every image to the version of its package', () => {
  for (const folder of FOLDERS) {
    const kustomization = parseAllDocuments(read(`${folder}/kustomization.yaml`))[0]?.toJS() as {
      resources: string[];
      images?: { name: string; newTag: string }[];
    };
    const files = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.yaml'));
    // A job that has run cannot be applied again with the rest: it is applied by itself, before them.
    const expected = files.filter((name) => !['kustomization.yaml', 'migrate.yaml'].includes(name));
    expect(kustomization.resources.toSorted()).toEqual(expected.toSorted());
    for (const { name, newTag } of kustomization.images ?? []) {
      expect(SERVICES.map((service) => `fairlead-${service}`)).toContain(name);
      expect(newTag).toBe(VERSION);
    }
  }
});

describe.each(SERVICES)('%s', (service) => {
  let secrets: string;
  beforeAll(() => {
    secrets = makeSecrets();
  });

  test('accepts its environment, knows every variable of it, and gets its own secrets only', async () => {
    const { env, envFrom = [], volumeMounts } = containerOf(service);
    const maps = envFrom.map(({ configMapRef }) => find('ConfigMap', configMapRef.name).data ?? {});
    const all = Object.assign({}, ...maps, Object.fromEntries(env.map(({ name, value }) => [name, value])));
    const volume = podOf(service).volumes.find(({ name }: { name: string }) => name === 'secrets');
    const mount = volumeMounts.find(({ name }) => name === 'secrets')?.mountPath;
    const granted: string[] = volume.secret.items.map(({ path }: { path: string }) => path);
    const used = new Set<string>();
    const mounts = (path: string) => {
      const name = path.replace(`${mount}/`, '');
      used.add(name);
      return granted.includes(name) ? join(secrets, name) : undefined;
    };
    expect(await wrongWithEnvironment(service, all, mounts)).toEqual([]);
    expect([...used].sort()).toEqual(granted.toSorted());
  });

  test('is probed where it answers', () => {
    const container = containerOf(service);
    expect(container.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
    expect(read('Dockerfile')).toContain('PORT=8080');
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.startupProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
  });

  test('is not root, cannot write or rise, and says what it needs', () => {
    expect(podOf(service)).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(containerOf(service)).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      },
    });
  });

  test('is not killed before its drain is over', () => {
    const drainMs = Number(find('ConfigMap', 'fairlead-jobs').data?.['FAIRLEAD_DRAIN_TIMEOUT_MS']);
    const waitSeconds = containerOf(service).lifecycle?.preStop.sleep.seconds ?? 0;
    expect(podOf(service).terminationGracePeriodSeconds * 1_000).toBeGreaterThan(
      drainMs + waitSeconds * 1_000 + 5_000,
    );
  });

  test('is found by what selects it', () => {
    const name = `fairlead-${service}`;
    const labels = find('Deployment', name).spec.template.metadata.labels;
    const selectors = manifests
      .filter(
        ({ kind, metadata }) => metadata.name === name && ['Service', 'PodDisruptionBudget'].includes(kind),
      )
      .map(({ kind, spec }) => (kind === 'Service' ? spec.selector : spec.selector.matchLabels));
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) expect(labels).toMatchObject(selector);
  });
});

test('the migration gets the database and nothing else', () => {
  const { restartPolicy, containers, volumes } = find('Job', `fairlead-migrate-${VERSION}`).spec.template
    .spec;
  expect(restartPolicy).toBe('OnFailure');
  expect(containers[0]).toMatchObject({ image: expect.stringMatching(/^fairlead-cli:/), args: ['migrate'] });
  expect(volumes.at(-1).secret.items).toEqual([{ key: 'database-url', path: 'database-url' }]);
});

describe('the ScaledObject', () => {
  const { spec } = find('ScaledObject', 'fairlead-consumer');
  const [trigger] = spec.triggers;

  test('asks the controller, with a key that is a secret', () => {
    const { metadata, authenticationRef, type, metricType } = trigger;
    expect([type, metricType]).toEqual(['metrics-api', 'AverageValue']);
    const { host, pathname } = new URL(metadata.url);
    expect(host).toBe('fairlead-controller.fairlead.svc.cluster.local');
    expect(find('Service', 'fairlead-controller').spec.ports).toEqual([
      { name: 'http', port: 80, targetPort: 'http' },
    ]);
    expect(pathname).toBe('/v1/scaler');
    const operation = read('services/controller/src/api/scaler.ts');
    expect(operation).toContain(`path: '${pathname}'`);
    expect(operation).toMatch(new RegExp(`^ +${metadata.valueLocation}: z\\.number\\(`, 'm'));
    expect(operation).toContain("scope: 'read', tenants: 'no'");
    expect(metadata).toMatchObject({ authMode: 'bearer', targetValue: '1', valueLocation: 'replicas' });
    const { secretTargetRef } = find('TriggerAuthentication', authenticationRef.name).spec;
    expect(secretTargetRef).toEqual([{ parameter: 'token', name: 'fairlead-scaler', key: 'token' }]);
  });

  test('scales what there is, which says nothing of its replicas itself', () => {
    expect(find('Deployment', spec.scaleTargetRef.name).spec.replicas).toBeUndefined();
    expect(spec.minReplicaCount).toBe(DEFAULT_AUTOSCALE_POLICY.minReplicas);
    expect(spec.fallback).toBeUndefined();
    expect(containerOf('controller').env).toContainEqual({ name: 'FAIRLEAD_ACTUATOR', value: 'keda' });
    expect(containerOf('consumer').env).toContainEqual({
      name: 'FAIRLEAD_CONCURRENCY',
      value: String(DEFAULT_AUTOSCALE_POLICY.slotsPerReplica),
    });
  });

  interface Rules {
    readonly policies: readonly { readonly type: 'Percent' | 'Pods'; readonly value: number }[];
  }
  /** One round of the autoscaler: its algorithm, then as much of it as the policies of the direction allow in a period. */
  function round(replicas: number, stated: number): number {
    const ratio = stated / 100 / replicas;
    const desired = Math.abs(ratio - 1) <= 0.1 ? replicas : Math.ceil(stated / 100);
    const { scaleUp, scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior as Record<
      string,
      Rules
    >;
    const most = (rules: Rules | undefined, up: boolean) =>
      Math.max(
        ...(rules?.policies ?? []).map(({ type, value }) =>
          type === 'Pods'
            ? value
            : up
              ? Math.ceil(replicas * (1 + value / 100)) - replicas
              : replicas - Math.floor(replicas * (1 - value / 100)),
        ),
      );
    if (desired > replicas) return Math.min(desired, replicas + most(scaleUp, true), spec.maxReplicaCount);
    return Math.max(desired, replicas - most(scaleDown, false), spec.minReplicaCount);
  }

  test('comes to what is wanted from anywhere, in steps of its policies', () => {
    const sizes = Array.from({ length: spec.maxReplicaCount }, (_, i) => i + 1);
    for (const wanted of sizes) {
      for (const from of [1, 2, 10, wanted, 200]) {
        let replicas = from;
        for (let i = 0; i < 100; i++) replicas = round(replicas, statedReplicas(wanted, replicas, 1_000));
        expect(replicas).toBeGreaterThanOrEqual(wanted);
        expect(replicas).toBeLessThanOrEqual(Math.ceil(wanted / 0.9));
      }
    }
  });

  test('a step of 64 in a large cluster gets through', () => {
    // 4,096 → 4,160 jobs are 16 → 17 replicas of 256.
    expect(round(16, 17 * 100)).toBe(16);
    expect(round(16, statedReplicas(17, 16, 1_000))).toBeGreaterThanOrEqual(17);
  });

  test('takes replicas away no faster than a tenth in the time that they have for draining', () => {
    const { scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
    for (const { periodSeconds } of scaleDown.policies) {
      expect(periodSeconds).toBeGreaterThan(podOf('consumer').terminationGracePeriodSeconds);
    }
  });
});
