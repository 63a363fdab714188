/** Whatever dashboards, alerts, boards and runbooks name is there: metrics, labels, reasons, attributes, commands. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  AUTOSCALE_REASONS,
  BACKPRESSURE_REASONS,
  CONTENTION_MEASURES,
  KINDS,
  PROMOTION_REASONS,
  ROLLOUT_REASONS,
} from '@fairlead/core';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { missingInManifests, wrongWith } from './commands.ts';
import { everyMetric } from './every-metric.ts';
import { parseQuery } from './promql.ts';
import { ROOT, read, readJson } from './repository.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'look' | 'action' | 'rollback' | 'runbook', string>>;
}
const { groups } = parse(read('dashboards/prometheus/alerts.yml')) as { groups: { rules: Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
}
const dashboard = readJson('dashboards/grafana/fairlead.json') as Dashboard;
const queries = [
  ...alerts.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];

const REASONS: readonly string[] = [
  ...AUTOSCALE_REASONS,
  ...BACKPRESSURE_REASONS,
  ...PROMOTION_REASONS,
  ...ROLLOUT_REASONS,
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  kind: KINDS,
  reason: REASONS,
  action: ['raise', 'lower', 'hold'],
  measure: CONTENTION_MEASURES,
  level: ['soft', 'hard'],
  way: ['direct', 'relay'],
};

describe('queries of Prometheus', () => {
  let metrics: Map<string, Set<string>>;
  beforeAll(async () => {
    metrics = await everyMetric();
  });

  test('are PromQL, over metrics and labels that the services have', () => {
    expect(queries.length).toBeGreaterThan(60);
    for (const query of queries) {
      const { errors, metrics: named, labels } = parseQuery(query);
      expect(errors).toEqual([]);
      expect(named).not.toEqual([]);
      expect(named.filter((name) => !metrics.has(name))).toEqual([]);
      const known = new Set(named.flatMap((name) => [...(metrics.get(name) ?? [])]));
      expect(labels.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
    }
  });

  test('match values that labels can have', () => {
    const wrong = queries
      .flatMap((query) => parseQuery(query).labels)
      .filter(({ name, value }) => {
        const values = VALUES[name];
        return value !== undefined && values && !values.some((one) => new RegExp(`^(?:${value})$`).test(one));
      });
    expect(wrong).toEqual([]);
  });

  test('a query that is wrong is found', () => {
    expect(parseQuery('sum(rate(fairlead_jobs[5m])').errors).not.toEqual([]);
    expect(parseQuery('max by (x) (a{b="c"})')).toMatchObject({
      metrics: ['a'],
      labels: [{ name: 'x' }, { name: 'b', value: 'c' }],
    });
  });

  test('every metric of the product is looked at by a panel, an alert, or is known not to be', () => {
    const named = new Set(queries.flatMap((query) => parseQuery(query).metrics));
    const base = (name: string) => name.replace(/_(bucket|count|sum)$/, '');
    const seen = new Set([...named].map(base));
    const unseen = new Set([...metrics.keys()].filter((name) => /^(fairlead|http)_/.test(name)).map(base));
    for (const name of seen) unseen.delete(name);
    expect([...unseen].sort()).toEqual([
      'fairlead_decisions_repeated_total',
      'fairlead_jobs_claimed_total',
      'fairlead_jobs_foreign_total',
      'fairlead_jobs_tidied_total',
      'fairlead_reports_read_total',
    ]);
  });
});

describe('the dashboard', () => {
  test('is what its source builds', () => {
    const built = execFileSync(process.execPath, [join(ROOT, 'dashboards/grafana/build.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(dashboard).toEqual(JSON.parse(built));
  });

  test('has no panel on top of another, and none beyond the edge', () => {
    const taken = new Set<string>();
    for (const { gridPos: at } of dashboard.panels) {
      expect(at.x + at.w).toBeLessThanOrEqual(24);
      for (let x = at.x; x < at.x + at.w; x++) {
        for (let y = at.y; y < at.y + at.h; y++) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });
});

describe('alerts', () => {
  const operations = read('dashboards/operations.md');
  const sections = new Map(
    operations
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section.split(/^## /m)[0] ?? '']),
  );

  test('are those that operators were promised, and what they would miss', () => {
    expect(alerts.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining([
        'FairleadGuardrailStepDowns',
        'FairleadBackpressureSustained',
        'FairleadPromotionGateClosed',
        'FairleadDuplicateSendDemotion',
        'FairleadDispatchLatency',
        'FairleadDeadLetters',
        'FairleadNoLeader',
        'FairleadSpanRelayLag',
        'FairleadRedisMemory',
      ]),
    );
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  test('have one look, one action and one rollback each, the same in the rule and in the packet', () => {
    expect([...sections.keys()]).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, labels, annotations } of alerts) {
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.runbook).toBe(`dashboards/operations.md#${alert.toLowerCase()}`);
      const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(sections.get(alert) ?? '') ?? [];
      expect(block.trim().split('\n')).toEqual(
        (['look', 'action', 'rollback'] as const).map((what) => `${annotations[what]}     # ${what}`),
      );
    }
  });

  test('name commands that there are', () => {
    const recipe = read('dashboards/jaeger.md');
    const inline = [...`${operations}${recipe}`.matchAll(/`((?:fairlead|kubectl) [^`]+)`/g)].map(
      ([, line = '']) => line,
    );
    const inBlocks = alerts.flatMap(({ annotations: { look, action, rollback } }) => [
      look,
      action,
      rollback,
    ]);
    const lines = [...inline, ...inBlocks];
    const ours = lines.filter((line) => line.startsWith('fairlead '));
    const theirs = lines.filter((line) => line.startsWith('kubectl '));
    expect(ours.length + theirs.length).toBe(lines.length);
    expect(ours.flatMap(wrongWith)).toEqual([]);
    expect(theirs.flatMap(missingInManifests)).toEqual([]);
  });

  test('so does the guide to deploying', () => {
    const lines = [...read('docs/deploying.md').matchAll(/^(?:npx )?((?:fairlead|kubectl) .*)$/gm)].map(
      ([, line = '']) => line.replace(/ [>|] .*$/, ''),
    );
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.filter((line) => line.startsWith('fairlead ')).flatMap(wrongWith)).toEqual([]);
    expect(lines.flatMap(missingInManifests)).toEqual([]);
  });

  test('a command that is not there is found', () => {
    expect(wrongWith('fairlead dead list')).not.toEqual([]);
    expect(wrongWith('fairlead dead list acme --nope')).not.toEqual([]);
    expect(wrongWith('fairlead nope')).not.toEqual([]);
    expect(wrongWith('fairlead dead list acme --type x')).toEqual([]);
    expect(missingInManifests('kubectl rollout undo deployment/fairlead-nope')).not.toEqual([]);
  });
});

describe('what looks at spans', () => {
  /** Every attribute that the code gives to a span. */
  function attributes(): Set<string> {
    const folder = 'packages/telemetry/src/decisions';
    const files = [
      ...readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
      'packages/core/src/decision/traced-records.ts',
      'packages/consumer/src/job-traces.ts',
    ];
    return new Set(
      files.flatMap((file) => read(file).match(/(?<=')(fairlead|messaging)\.[a-z_.]+(?=')/g) ?? []),
    );
  }
  interface Query {
    readonly calculations: readonly { readonly op: string; readonly column?: string }[];
    readonly filters: readonly { readonly column: string; readonly op: string; readonly value?: unknown }[];
    readonly breakdowns?: readonly string[];
    readonly time_range: number;
  }
  interface Trigger {
    readonly dataset: string;
    readonly name: string;
    readonly description: string;
    readonly query: Query;
    readonly frequency: number;
    readonly threshold: { readonly op: string; readonly value: number };
    readonly alert_type: string;
  }
  const triggers = readJson('dashboards/honeycomb/triggers.json') as Trigger[];
  const board = readJson('dashboards/honeycomb/board.json') as {
    panels: { name: string; dataset: string; query: Query }[];
  };

  test('names attributes that spans have, and reasons that there are', () => {
    const known = new Set([...attributes(), 'name', 'duration_ms']);
    for (const { query, dataset } of [...triggers, ...board.panels]) {
      expect(['fairlead-controller', 'fairlead-consumer']).toContain(dataset);
      const columns = [...query.filters, ...query.calculations].flatMap(({ column }) => column ?? []);
      expect([...columns, ...(query.breakdowns ?? [])].filter((column) => !known.has(column))).toEqual([]);
      for (const { column, op, value } of query.filters) {
        if (column === 'fairlead.decision.reason_code' && op === '=') expect(REASONS).toContain(value);
        if (column === 'fairlead.decision.kind' && op === '=') expect(KINDS).toContain(value);
      }
    }
  });

  test('the recipe for Jaeger does too', () => {
    const known = attributes();
    const named = read('dashboards/jaeger.md').match(/\b(?:fairlead|messaging)\.[a-z_.]+[a-z]/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('triggers keep to what Honeycomb allows', () => {
    for (const { name, description, query, frequency, threshold, alert_type } of triggers) {
      expect(name.length).toBeLessThanOrEqual(120);
      expect(description.length).toBeLessThanOrEqual(1_023);
      expect(alerts.map(({ alert }) => alert)).toContain(/Fairlead\w+/.exec(description)?.[0]);
      expect(frequency % 60).toBe(0);
      expect(query.time_range).toBeGreaterThanOrEqual(300);
      expect(query.time_range).toBeLessThanOrEqual(4 * frequency);
      expect(query.calculations).toHaveLength(1);
      expect(['>', '>=', '<', '<=']).toContain(threshold.op);
      expect(['on_change', 'on_true']).toContain(alert_type);
    }
  });

  test('what is applied is created the first time and changed the second, in the shapes of their API', async () => {
    const stored = new Map<string, { id: string; name: string }[]>();
    const asked: string[] = [];
    const server = createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const path = req.url ?? '';
      asked.push(`${req.method} ${path.replace(/\/id\d+$/, '/ID')}`);
      expect(req.headers['x-honeycomb-team']).toBe('a-key');
      if (req.method === 'GET') return void res.end(JSON.stringify(stored.get(path) ?? []));
      const body = JSON.parse(text) as { name: string; panels?: object[] };
      if (path === '/1/boards') {
        expect(body).toMatchObject({ type: 'flexible', panels: expect.any(Array) });
        for (const panel of body.panels ?? []) {
          expect(panel).toMatchObject({
            type: 'query',
            query_panel: { query_id: expect.any(String), query_annotation_id: expect.any(String) },
          });
        }
      }
      const made = { ...body, id: `id${asked.length}` };
      if (req.method === 'POST') stored.set(path, [...(stored.get(path) ?? []), made]);
      res.end(JSON.stringify(made));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apply = async () => {
      const child = spawn(process.execPath, [join(ROOT, 'dashboards/honeycomb/apply.mjs')], {
        env: {
          PATH: process.env['PATH'],
          HONEYCOMB_API_KEY: 'a-key',
          HONEYCOMB_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        },
        stdio: 'ignore',
      });
      return (await once(child, 'exit'))[0];
    };
    expect(await apply()).toBe(0);
    expect(asked.filter((one) => one.startsWith('POST /1/triggers/'))).toHaveLength(triggers.length);
    expect(asked.filter((one) => one === 'POST /1/boards')).toHaveLength(1);
    asked.length = 0;
    expect(await apply()).toBe(0);
    expect(asked.filter((one) => one.startsWith('PUT /1/triggers/'))).toHaveLength(triggers.length);
    expect(asked).toContain('PUT /1/boards/ID');
    server.close();
  });
});
