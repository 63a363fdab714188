import { expect, test } from '@jest/globals';
import { type LineChart, lineChart } from './line-chart.ts';

const chart: LineChart = {
  title: 'Jobs & <more>',
  x: { label: 'workspaces', zero: 'none' },
  y: { label: 'jobs "a" second', scale: 'linear' },
  series: [
    { name: 'ours', points: [0, 10, 100].map((x) => ({ x, y: 1_000 })) },
    { name: "theirs'", points: [{ x: 10, y: 990 }] },
    { name: 'absent', points: [] },
  ],
  caption: ['2 cores\u0007', 'Node 24'],
};

/** Places of the texts of a kind. */
function texts(svg: string, kind: string): { x: number; y: number; words: string }[] {
  const found = svg.matchAll(
    new RegExp(`<text class="[^"]*${kind}[^"]*" x="([\\d.-]+)" y="([\\d.-]+)">(.*?)</text>`, 'g'),
  );
  return [...found].map(([, x, y, words = '']) => ({ x: Number(x), y: Number(y), words }));
}

test('whatever stands in it, it is well-formed', () => {
  const svg = lineChart(chart);
  expect(svg).toContain('<title id="title">Jobs &amp; &lt;more&gt;</title>');
  expect(texts(svg, 'name').map(({ words }) => words)).toEqual(['ours', 'theirs&#39;']);
  expect(texts(svg, 'caption').map(({ words }) => words)).toEqual(['2 cores', 'Node 24']);
  // Each tag that opens is closed, in order.
  const open: string[] = [];
  for (const [, close, name = '', single] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!single) open.push(name);
  }
  expect(open).toEqual([]);
});

test('it is for light and dark, and tells its data to those who do not see it', () => {
  const svg = lineChart(chart);
  expect(svg).toContain('@media(prefers-color-scheme:dark)');
  expect(svg).toContain(
    '<desc id="data">ours: none: 1,000, 10: 1,000, 100: 1,000; theirs&#39;: 10: 990</desc>',
  );
});

test('names at the ends of lines that lie together do not lie on each other', () => {
  const series = ['a', 'b', 'c', 'd'].map((name) => ({ name, points: [{ x: 1, y: 5 }] }));
  const places = texts(lineChart({ ...chart, series }), 'name').map(({ y }) => y);
  for (const [i, y] of places.entries())
    if (i > 0) expect(y - (places[i - 1] as number)).toBeGreaterThanOrEqual(17);
});

test('without data there is a chart that says so', () => {
  for (const scale of ['linear', 'log'] as const) {
    const svg = lineChart({ ...chart, y: { label: 'y', scale }, series: [{ name: 'absent', points: [] }] });
    expect(svg).toContain('>no data</text>');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  }
});
