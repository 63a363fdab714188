import type { DecisionNow } from '../controller/client.ts';
import type { ReplicaNews } from '../replicas/replica-set.ts';
import { causeOf, type LogLine } from '../supervisor/log-lines.ts';
import type { PartEvent } from '../supervisor/supervise.ts';

const NAME_WIDTH = 16;
/** The same warning is shown once in this time; the next one says how often it came. */
const QUIET_MS = 10_000;
const SHOWN_LINES = 8;

export type Paint = (code: number, text: string) => string;

/** A crash or a restart, as lines for people. */
export function describeEvent(event: PartEvent, paint: Paint): string[] {
  const name = event.name.padEnd(NAME_WIDTH);
  if (event.kind === 'restarted') return [`  ${paint(32, '✓')} ${name} is back  ${event.detail}`];
  const seconds = (event.restartInMs / 1000).toFixed(1);
  return [
    `  ${paint(31, '✗')} ${name} ${event.why}; starting again in ${seconds} s`,
    ...event.lastLines
      .filter((line, index, lines) => line !== lines[index - 1])
      .slice(-SHOWN_LINES)
      .map((line) => paint(2, `      ${line}`)),
  ];
}

/** What the controller decided, in its own words. */
export function describeDecision({ kind, subject, words }: DecisionNow, paint: Paint): string {
  const whose = subject.type === 'cluster' ? kind : `${kind} of ${subject.id}`;
  return `  ${paint(36, '◆')} ${whose.padEnd(NAME_WIDTH)} ${words}`;
}

/** A replica that came or went by the controller's wish. */
export function describeReplica(news: ReplicaNews, paint: Paint): string {
  const name = news.name.padEnd(NAME_WIDTH);
  if (news.kind === 'failed') return `  ${paint(31, '✗')} ${name} ${news.why}`;
  return `  ${paint(36, news.kind === 'started' ? '+' : '−')} ${name} ${news.kind}`;
}

/** Turns warnings of services into lines, without repeating itself. `nowMs` is any clock that only goes forward. */
export function createWarnings(paint: Paint): (name: string, line: LogLine, nowMs: number) => string[] {
  const seen = new Map<string, { saidMs: number; unsaid: number }>();
  return (name, line, nowMs) => {
    const message = line.msg ?? 'warned without a message';
    const key = `${name} ${message}`;
    const before = seen.get(key);
    if (before !== undefined && nowMs - before.saidMs < QUIET_MS) {
      before.unsaid++;
      return [];
    }
    const times = before === undefined || before.unsaid === 0 ? '' : ` (${before.unsaid + 1} times)`;
    seen.set(key, { saidMs: nowMs, unsaid: 0 });
    const why = causeOf(line);
    const cause = why === undefined || message.includes(why) ? '' : `: ${why}`;
    const about = [line['workspace'], line['type']].filter((part) => typeof part === 'string');
    const whose = about.length === 0 ? '' : ` (${about.join(', ')})`;
    const mark = (line.level ?? 0) >= 50 ? paint(31, '✗') : paint(33, '!');
    return [`  ${mark} ${name.padEnd(NAME_WIDTH)} ${message}${whose}${cause}${times}`];
  };
}
