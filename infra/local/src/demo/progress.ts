/** What the replay shows while it runs: a table on a terminal, a line now and then in a pipe. */
import type { Paint } from '../terminal/notices.ts';
import type { WorkspaceNow } from './client.ts';
import type { PlannedWorkspace } from './plan.ts';

export interface WorkspaceProgress extends WorkspaceNow {
  readonly completed: number;
}

/** What is known at one moment. */
export interface Moment {
  readonly elapsedMs: number;
  readonly planned: number;
  readonly handedIn: number;
  readonly now: readonly WorkspaceProgress[];
}

const BAR = 20;
/** Rates are over this time back, so that they are steady enough to be read. */
const RATE_MS = 3_000;
const NAME_WIDTH = 16;

export interface Progress {
  /** Takes note of a moment; the more often, the better the rates. */
  readonly observe: (moment: Moment) => void;
  /** The table for a terminal, as of the latest moment. */
  readonly table: () => string[];
  /** One line for a pipe, as of the latest moment. */
  readonly line: () => string;
}

/** Keeps the moments of the last few seconds. Observe one before asking for a table or a line. */
export function createProgress(workspaces: readonly PlannedWorkspace[], paint: Paint): Progress {
  const history: Moment[] = [];
  const ends = () => {
    const [before, moment] = [history[0] as Moment, history.at(-1) as Moment];
    const seconds = (moment.elapsedMs - before.elapsedMs) / 1000;
    const done = finished(moment);
    const rate = perSecond(done - finished(before), seconds).toFixed(0);
    return { before, moment, seconds, done, rate };
  };
  return {
    observe: (moment) => {
      history.push(moment);
      while (history.length > 2 && (history[1] as Moment).elapsedMs <= moment.elapsedMs - RATE_MS)
        history.shift();
    },
    table: () => {
      const { before, moment, seconds, done, rate } = ends();
      const share = bar(done / moment.planned, paint);
      const head = `  ${clock(moment.elapsedMs)}  ${share}  ${grouped(done)} of ${grouped(moment.planned)} jobs, ${rate}/s`;
      const rows = workspaces.map((workspace) => row(workspace, moment, before, seconds, paint));
      return ['', head, '', paint(2, HEADING), ...rows];
    },
    line: () => {
      const { moment, done, rate } = ends();
      const waiting = moment.now.reduce((sum, one) => sum + one.waiting, 0);
      const longest = [...moment.now].sort((a, b) => b.waiting - a.waiting)[0];
      const most =
        longest === undefined || longest.waiting === 0
          ? ''
          : ` (${longest.name} ${grouped(longest.waiting)})`;
      return `  ${clock(moment.elapsedMs)}  ${grouped(done)} of ${grouped(moment.planned)} jobs done, ${rate}/s, ${grouped(waiting)} waiting${most}`;
    },
  };
}

function finished({ now }: Moment): number {
  return now.reduce((sum, { completed }) => sum + completed, 0);
}

const HEADING = `  ${'workspace'.padEnd(NAME_WIDTH)} ${['weight', 'waiting', 'running', 'done', 'jobs/s', '/weight'].map((name) => name.padStart(8)).join('')}`;

function row(
  workspace: PlannedWorkspace,
  moment: Moment,
  before: Moment,
  seconds: number,
  paint: Paint,
): string {
  const find = (at: Moment) => at.now.find(({ name }) => name === workspace.name);
  const now = find(moment);
  const { waiting = 0, active = 0, delayed = 0, completed = 0, dead = 0 } = now ?? {};
  const rate = perSecond(completed - (find(before)?.completed ?? 0), seconds);
  const shown = rate > 0 ? rate.toFixed(1) : '·';
  const share =
    rate > 0 && waiting > 0 && workspace.rate === undefined ? (rate / workspace.weight).toFixed(1) : '';
  const cells = [
    workspace.weight,
    waiting + delayed > 0 ? grouped(waiting + delayed) : '·',
    active > 0 ? active : '·',
    grouped(completed),
    shown,
    share,
  ];
  const text = `${workspace.name.padEnd(NAME_WIDTH)} ${cells.map((cell) => String(cell).padStart(8)).join('')}`;
  const held = workspace.rate === undefined ? '' : `  ${workspace.rate.ratePerSecond}/s by its own quota`;
  const failed = dead > 0 ? paint(31, `  ${dead} failed`) : '';
  const idle = waiting + active + delayed === 0;
  return `  ${idle ? paint(2, text) : text}${paint(2, held)}${failed}`;
}

function bar(share: number, paint: Paint): string {
  const full = Math.round(Math.min(1, share) * BAR);
  return paint(36, '━'.repeat(full)) + paint(2, '─'.repeat(BAR - full));
}

function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}

/** `1:05` */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `12,345` */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
