/** The part of the README that shows the charts. */
import { type Chart, captionOf } from './charts.ts';

export const BEGIN = '<!-- charts: npm run bench:charts -->';
export const END = '<!-- end of the charts -->';
const HOW = 'The contestants of a chart are of one run, in turn; what was done is verified.';

/** @throws Error when the README has no place for them */
export function withCharts(readme: string, charts: readonly Chart[]): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  const shown = charts.map(({ name, alt }) => `![${alt}](docs/img/bench-${name}.svg)\n`);
  const on = Map.groupBy(charts, ({ of }) => captionOf(of).join('; '));
  const measured = [...on].map(([one, measuredSo]) => {
    const which =
      on.size === 1 ? 'Measured' : `${measuredSo.map(({ of }) => `\`${of.name}\``).join(', ')}: measured`;
    return `${which} on ${one}. ${HOW}\n`;
  });
  const lines = charts.length === 0 ? [] : ['', ...shown, ...measured];
  return [`${before}${BEGIN}`, ...lines, `${END}${after}`].join('\n');
}
