import type { Paint } from '../terminal/notices.ts';
import type { PlannedWorkspace } from './plan.ts';
import { clock, grouped } from './progress.ts';
import type { DemoResult } from './result.ts';

const NAME_WIDTH = 16;
const REMARKS: Record<PlannedWorkspace['kind'], string> = {
  weighted: '',
  noisy: 'a burst of thousands',
  metered: 'waits by its own quota; not in the fairness windows',
  trace: '',
};

/** The result for people. */
export function describeResult(
  result: DemoResult,
  workspaces: readonly PlannedWorkspace[],
  why: readonly string[],
  paint: Paint,
): string[] {
  const { jobs, fairness } = result;
  const kinds = new Map(workspaces.map((workspace) => [workspace.name, workspace.kind]));
  const heading = ['weight', 'accepted', 'completed', 'wait p50', 'wait p95']
    .map((name) => name.padStart(10))
    .join('');
  const rows = result.workspaces.map((one) => {
    const cells = [
      one.weight,
      grouped(one.accepted),
      grouped(one.completed),
      duration(one.waitMsP50),
      duration(one.waitMsP95),
    ];
    const remark = REMARKS[kinds.get(one.name) ?? 'trace'];
    const row = `${one.name.padEnd(NAME_WIDTH)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
    return `  ${row}${remark === '' ? '' : paint(2, `  ${remark}`)}`;
  });
  const verdict =
    why.length === 0
      ? `  ${paint(32, '✓')} every job finished, and service was fair`
      : `  ${paint(31, '✗')} ${why.join('; ')}`;
  return [
    '',
    paint(2, `  ${'workspace'.padEnd(NAME_WIDTH)}${heading}`),
    ...rows,
    '',
    `  jobs      ${grouped(jobs.accepted)} accepted, ${grouped(jobs.completed)} completed, ${grouped(jobs.failed)} failed, ${grouped(jobs.lost)} lost`,
    `  fairness  Jain's index ${fairness.jain.toFixed(3)} on average, ${fairness.jainMin.toFixed(3)} at worst, over ${fairness.windows} windows of 1 s ${paint(2, '(starts ÷ weight of the backlogged)')}`,
    `  light     ${lightLine(result, workspaces)}`,
    `  decisions ${decisionsLine(result.decisions)}`,
    `  time      ${clock(result.seconds * 1000)}, ${result.replicas} replicas at first`,
    '',
    verdict,
  ];
}

function decisionsLine(decisions: DemoResult['decisions']): string {
  const counts = Object.entries(decisions).map(([reason, count]) => `${count} × ${reason}`);
  return counts.length === 0 ? 'nothing had to be changed' : counts.join(', ');
}

/** What the noisy burst did to those with little work: the point of it all. */
function lightLine(result: DemoResult, workspaces: readonly PlannedWorkspace[]): string {
  const ofKind = (kind: PlannedWorkspace['kind']) => {
    const names = new Set(workspaces.filter((workspace) => workspace.kind === kind).map(({ name }) => name));
    return result.workspaces.filter(({ name }) => names.has(name));
  };
  const light = ofKind('trace');
  const most = duration(Math.max(0, ...light.map(({ waitMsP95 }) => waitMsP95)));
  const noisy = ofKind('noisy').reduce((sum, { accepted }) => sum + accepted, 0);
  return `wait p95 of at most ${most} in the ${light.length} applications of the trace, next to a burst of ${grouped(noisy)} jobs`;
}

/** `850 ms`, `12.3 s` */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
