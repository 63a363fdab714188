import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type BenchDocument, parseBenchDocument, pointsOf } from './bench-document.ts';
import { captionOf, chartsOf } from './charts.ts';
import { BEGIN, END, withCharts } from './readme.ts';

const document: BenchDocument = {
  name: 'hog',
  finishedAt: '2026-11-21T10:00:00.000Z',
  machine: { cpu: 'AMD EPYC', cores: 2, memoryGiB: 8 },
  versions: { node: '24.21.0', redis: '7.0.15', bullmq: '6.7.0', pg: '8' },
  settings: { rounds: 3 },
  figures: [
    { name: 'skew_light_wait_p95_ms_redis_at_1000', value: 140, unit: 'ms' },
    { name: 'skew_light_wait_p95_ms_redis_at_0', value: 130, unit: 'ms' },
    { name: 'skew_light_wait_p95_ms_groupmq_at_0', value: null, unit: 'ms' },
    { name: 'skew_light_wait_p95_growth_redis', value: 1.1, unit: '×' },
  ],
};

test('the points of a line are the figures of its name, in order; what is no number is left out', () => {
  expect(pointsOf(document, 'skew_light_wait_p95_ms_redis_at_')).toEqual([
    { x: 0, y: 130 },
    { x: 1_000, y: 140 },
  ]);
  expect(pointsOf(document, 'skew_light_wait_p95_ms_groupmq_at_')).toEqual([]);
});

test('a chart is made of each bench that has one and has figures, with what it was measured on', () => {
  const [chart, ...others] = chartsOf([
    document,
    { ...document, name: 'tenants' },
    { ...document, name: 'limit' },
  ]);
  expect(others).toEqual([]);
  expect(chart?.name).toBe('hog');
  expect(chart?.svg).toContain('>no hog</text>');
  expect(captionOf(document)).toEqual([
    '2 cores of AMD EPYC, 8 GiB',
    'Node 24.21.0, Redis 7.0.15, BullMQ 6.7.0, medians of 3 rounds, 2026-11-21',
  ]);
  expect(captionOf({ ...document, settings: { quick: true } }).join()).toContain('not to quote');
});

test('the README shows them between its marks, and is else left alone', () => {
  const readme = withCharts(`# A\n\n${BEGIN}\nold\n${END}\n\nB\n`, chartsOf([document]));
  expect(readme).toMatch(/^# A\n\n<!--/);
  expect(readme).toContain('](docs/img/bench-hog.svg)');
  expect(readme).toContain('2026-11-21');
  expect(readme).not.toContain('old');
  expect(readme.endsWith(`${END}\n\nB\n`)).toBe(true);
  expect(withCharts(readme, chartsOf([document]))).toBe(readme);
  expect(() => withCharts('# A', [])).toThrow('README.md has no');
});

test('charts that were measured in another way say which they are', () => {
  const throughput: BenchDocument = {
    ...document,
    name: 'throughput',
    settings: { rounds: 5 },
    figures: [1, 100].map((count) => ({
      name: `fairlead_jobs_per_second_at_${count}`,
      value: 9,
      unit: 'jobs/s',
    })),
  };
  const readme = withCharts(`${BEGIN}\n${END}`, chartsOf([throughput, document]));
  expect(readme).toMatch(/^`throughput`: measured on .* medians of 5 rounds/m);
  expect(readme).toMatch(/^`hog`: measured on .* medians of 3 rounds/m);
});

test('what is no result of a bench is refused by name', () => {
  expect(() => parseBenchDocument('{', 'a.json')).toThrow('a.json is no JSON');
  expect(() => parseBenchDocument('{"name": 1}', 'a.json')).toThrow('a.json is no result of a bench: name');
});

test('the charts that are shown are those of bench/results, of whole runs (npm run bench:charts)', () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  const files = readdirSync(new URL('../../results/', import.meta.url)).filter((name) =>
    name.endsWith('.json'),
  );
  const documents = files.sort().map((name) => parseBenchDocument(read(`bench/results/${name}`), name));
  expect(documents.filter(({ settings }) => settings['quick'] === true)).toEqual([]);
  const charts = chartsOf(documents);
  for (const { name, svg } of charts) expect(read(`docs/img/bench-${name}.svg`)).toBe(svg);
  expect(
    readdirSync(new URL('../../../docs/img/', import.meta.url))
      .filter((name) => name.startsWith('bench-'))
      .toSorted(),
  ).toEqual(charts.map(({ name }) => `bench-${name}.svg`).toSorted());
  expect(read('README.md')).toBe(withCharts(read('README.md'), charts));
});
