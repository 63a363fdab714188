/**
 * A chart of lines as one SVG that stands alone: no script, no font, no file beside it, and light or dark as whoever looks
 * has it. Each line has its name at its end and a mark of its own, so that it is told apart without colours too.
 */
import { linearScale, logScale, type Scale } from './scale.ts';

export interface Series {
  readonly name: string;
  /** Ascending in x. One without points is left out. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChart {
  readonly title: string;
  readonly x: { readonly label: string /** What 0 is called. */; readonly zero?: string };
  readonly y: { readonly label: string; readonly scale: 'linear' | 'log' };
  /** The first is drawn strongest. */
  readonly series: readonly Series[];
  /** Lines of small text below: what it was measured on. */
  readonly caption: readonly string[];
}

const WIDTH = 820;
const HEIGHT = 440;
const PLOT = { left: 76, top: 64, right: WIDTH - 210, bottom: HEIGHT - 104 };
const LABEL_GAP = 17;
const CAPTION_GAP = 16;

/** Colours of marks on white and on black; of those that people with colour blindness tell apart (Okabe and Ito). */
const COLOURS = [
  { light: '#0060a8', dark: '#56b4e9' },
  { light: '#b34700', dark: '#e69f00' },
  { light: '#00735c', dark: '#2fd1a5' },
  { light: '#9c3d77', dark: '#e08fc0' },
  { light: '#5d5d5d', dark: '#b5b5b5' },
];

export function lineChart({ title, x, y, series, caption }: LineChart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const points = drawn.flatMap((one) => one.points);
  const across = logScale(points.map((point) => point.x));
  const values = points.map((point) => point.y);
  const up = y.scale === 'log' ? logScale(values) : linearScale(values);
  const left = (value: number) => round(PLOT.left + across.place(value) * (PLOT.right - PLOT.left));
  const top = (value: number) => round(PLOT.bottom - up.place(value) * (PLOT.bottom - PLOT.top));
  const middle = (PLOT.top + PLOT.bottom) / 2;
  const xName = (value: number) => (value === 0 ? (x.zero ?? '0') : value.toLocaleString('en'));

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title data">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="data">${escaped(inWords(drawn, xName))}</desc>`,
    `<style>${style(drawn.length)}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    text('heading', PLOT.left, 28, title),
    ...up.ticks.map((tick) => line('grid', PLOT.left, top(tick), PLOT.right, top(tick))),
    ...up.ticks.map((tick) => text('tick end', PLOT.left - 8, top(tick) + 4, tick.toLocaleString('en'))),
    ...across.ticks.map((tick) => line('grid', left(tick), PLOT.top, left(tick), PLOT.bottom)),
    ...across.ticks.map((tick) => text('tick middle', left(tick), PLOT.bottom + 18, xName(tick))),
    text('label middle', (PLOT.left + PLOT.right) / 2, PLOT.bottom + 38, x.label),
    `<g transform="translate(18 ${middle}) rotate(-90)">${text('label middle', 0, 0, y.label)}</g>`,
    ...drawn.toReversed().map((one) => path(one, drawn.indexOf(one), left, top)),
    ...endLabels(drawn, up, top),
    ...(drawn.length === 0 ? [text('label middle', (PLOT.left + PLOT.right) / 2, middle, 'no data')] : []),
    ...caption.map((words, i) => text('caption', PLOT.left, PLOT.bottom + 62 + i * CAPTION_GAP, words)),
    '</svg>',
    '',
  ].join('\n');
}

function path(
  { points }: Series,
  index: number,
  left: (x: number) => number,
  top: (y: number) => number,
): string {
  const places = points.map(({ x, y }) => [left(x), top(y)] as const);
  const marks = places.map(([x, y]) => mark(index, x, y)).join('');
  const joined = places.map(([x, y]) => `${x},${y}`).join(' ');
  return `<g class="s${index}"><polyline points="${joined}"/>${marks}</g>`;
}

/** A circle, a square, a triangle, a diamond, and a circle again. */
function mark(index: number, x: number, y: number): string {
  const size = 4.5;
  if (index % 4 === 1)
    return `<rect x="${round(x - size)}" y="${round(y - size)}" width="${2 * size}" height="${2 * size}"/>`;
  if (index % 4 === 2) return `<path d="M${x} ${round(y - 5.5)}l5.5 10h-11z"/>`;
  if (index % 4 === 3) return `<path d="M${x} ${round(y - 6)}l6 6l-6 6l-6 -6z"/>`;
  return `<circle cx="${x}" cy="${y}" r="${size}"/>`;
}

/** At the ends of the lines, moved apart where two would lie on each other. */
function endLabels(series: readonly Series[], up: Scale, top: (y: number) => number): string[] {
  const wanted = series
    .map(({ name, points }, index) => ({ name, index, y: points.at(-1)?.y ?? 0 }))
    .sort((a, b) => up.place(b.y) - up.place(a.y));
  let lowest = Number.NEGATIVE_INFINITY;
  return wanted.map(({ name, index, y }) => {
    lowest = Math.max(lowest + LABEL_GAP, top(y) + 4);
    return text(`name n${index}`, PLOT.right + 12, lowest, name);
  });
}

/** For those who do not see it. */
function inWords(series: readonly Series[], xName: (x: number) => string): string {
  return series
    .map(({ name, points }) => `${name}: ${points.map(({ x, y }) => `${xName(x)}: ${shown(y)}`).join(', ')}`)
    .join('; ');
}

function shown(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

function style(count: number): string {
  const used = Array.from(
    { length: count },
    (_, i) => COLOURS[i % COLOURS.length] as (typeof COLOURS)[number],
  );
  const theme = (of: 'light' | 'dark') =>
    used
      .map(
        (colour, i) =>
          `.s${i} polyline{stroke:${colour[of]}}.s${i} :not(polyline),.n${i}{fill:${colour[of]}}`,
      )
      .join('');
  return [
    'text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:12px;fill:#3d444d}',
    '.heading{font-size:17px;font-weight:600;fill:#1f2328}.name{font-size:13px;font-weight:600}',
    '.caption{font-size:11px;fill:#59636e}.end{text-anchor:end}.middle{text-anchor:middle}',
    '.paper{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:1}',
    'polyline{fill:none;stroke-width:2;stroke-linejoin:round}.s0 polyline{stroke-width:3}',
    theme('light'),
    '@media(prefers-color-scheme:dark){text{fill:#c9d1d9}.heading{fill:#f0f6fc}.caption{fill:#9198a1}.paper{fill:#0d1117}',
    `.grid{stroke:#30363d}${theme('dark')}}`,
  ].join('');
}

function text(kind: string, x: number, y: number, words: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`;
}

function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** Of what XML 1.0 cannot have (control characters) nothing is left. */
function escaped(words: string): string {
  return words.replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? '').replaceAll(/[^\P{Cc}\t\n]/gu, '');
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}
