import { clean } from '../output/clean.ts';
import { duration } from '../output/time.ts';
import type { Packet } from './packet.ts';

/** The packet for people. Names and values that others wrote stay in their cells. */
export function renderMarkdown(packet: Packet): string {
  const { verdict, why, notes, run, jobs, fairness, dispatch, decisions } = packet;
  const { jain, heavyMinutes, leftOut } = fairness;
  const lasted = duration(Date.parse(run.until) - Date.parse(run.since));
  const { recomputed, differences } = decisions.verified;
  return [
    `# ${verdict.toUpperCase()}: ${run.since} to ${run.until}`,
    verdict === 'go' ? 'Nothing crossed a line, and everything was measured.' : '',
    list(why.map(({ code, words }) => `\`${code}\`: ${words}`)),
    list(notes),
    '## Run',
    `${lasted}, engine ${run.engine}. ${jobs.accepted} jobs were accepted${jobs.isWhole ? '' : ' (those that are looked at)'}: ${jobs.succeeded} succeeded, ${jobs.dead} dead, ${jobs.cancelled} cancelled, ${jobs.unfinished} unfinished.`,
    jobs.waitMs === null
      ? 'No job was started.'
      : `From when a job could run to its start: p50 ${duration(jobs.waitMs.p50)}, p95 ${duration(jobs.waitMs.p95)}.`,
    '## Configuration difference',
    configurationOf(packet),
    '## Fairness in heavy minutes',
    jain === null
      ? 'There was no minute in which two workspaces waited throughout with enough started for each.'
      : `Jain's index over ${heavyMinutes.length} minutes: mean ${jain.mean.toFixed(3)}, least ${jain.least.toFixed(3)}.`,
    heavyMinutes.length === 0
      ? ''
      : table(
          ['minute', 'started', 'waiting throughout', 'largest', 'its share', 'Jain'],
          heavyMinutes.map(({ minute, total, backlogged, top, topShare, jain: index }) => [
            ...[minute, total, backlogged, top ?? '', `${(topShare * 100).toFixed(1)} %`],
            (index ?? 0).toFixed(3),
          ]),
        ),
    leftOut > 0 ? `${leftOut} workspaces with limits or shares of their own are not compared.` : '',
    '## Dispatch outcomes',
    dispatch.windows.length === 0
      ? 'No window was dispatched.'
      : table(
          ['source', 'enqueued', 'inline', 'failed', 'open'],
          dispatch.windows.map(({ source, enqueued, inline, failed, open }) => [
            source,
            enqueued,
            inline,
            failed,
            open,
          ]),
        ),
    '## Decisions by reason',
    decisions.byReason.length === 0
      ? 'Nothing new was decided.'
      : table(
          ['kind', 'reason', 'recorded', 'ticks it stood', 'exercise'],
          decisions.byReason.map(({ kind, reasonCode, recorded, ticks, synthetic }) => [
            ...[kind, `\`${reasonCode}\``, recorded, ticks, synthetic],
          ]),
        ),
    `${recomputed} decisions about these subjects were taken again: ${differences.length} differences.`,
    list(differences.map(({ id, code, words }) => `\`${id}\` ${code}: ${words}`)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function configurationOf({ configuration }: Packet): string {
  if (configuration === null) return 'Not known: the audit is for keys with the scope `admin`.';
  if (configuration.length === 0) return 'None.';
  const rows = configuration.flatMap(({ subject, fields, actors }) => {
    const by = actors.join(', ');
    return fields.map(({ field, before, after }) => [
      subject,
      field,
      JSON.stringify(before),
      JSON.stringify(after),
      by,
    ]);
  });
  return table(['subject', 'setting', 'before', 'after', 'by'], rows);
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${clean(item)}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => clean(String(cell)).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
