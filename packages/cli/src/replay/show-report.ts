import type { MinuteOfService } from '@fairlead/core';
import { fields } from '../output/fields.ts';
import type { Screen } from '../output/screen.ts';
import { type Column, table } from '../output/table.ts';
import { duration } from '../output/time.ts';
import type { ReplayReport, Waits } from './report.ts';

const SHOWN_TENANTS = 10;

/** For a person the minutes, the tenants with most jobs and the sums; for a program all of it, a line each. */
export function showReport(screen: Screen, report: ReplayReport): string {
  const { live } = screen;
  const minutes = table(screen, minuteColumns(screen), report.minutes);
  const shown = live ? report.tenants.slice(0, SHOWN_TENANTS) : report.tenants;
  const tenants = table(screen, tenantColumns(screen), shown);
  const left = report.tenants.length - shown.length;
  const more = left === 0 ? '' : `${screen.paint('dim', `and ${left} more`)}\n`;
  return [minutes, `${tenants}${more}`, fields(screen, sums(screen, report))].join(live ? '\n' : '');
}

function sums(
  screen: Screen,
  { model, cluster, totals }: ReplayReport,
): (readonly [string, string | undefined])[] {
  const { jain, waitMs } = totals;
  const count = (value: number | undefined) => (value ? String(value) : undefined);
  return [
    ['jobs', String(totals.jobs)],
    ['tenants', String(totals.tenants)],
    ['slots', model === null ? undefined : String(model.slots)],
    ['speed', cluster === null ? undefined : String(cluster.speed)],
    ['started', String(totals.started)],
    ['refused', count(cluster?.refused)],
    ['dead', count(cluster?.dead)],
    ['cancelled', count(cluster?.cancelled)],
    ['unfinished', count(cluster?.unfinished)],
    ['lost', count(cluster?.lost)],
    ['late', cluster === null ? undefined : time(screen, cluster.lateMs)],
    ...(['p50', 'p95', 'p99', 'most'] as const).map(
      (which) => [`wait ${which}`, time(screen, waitMs[which])] as const,
    ),
    ['top share', percent(totals.topShare)],
    ['heavy minutes', String(jain?.minutes ?? 0)],
    ['jain', jain === null ? undefined : index(jain.mean)],
    ['jain least', jain === null ? undefined : index(jain.least)],
  ];
}

function minuteColumns(screen: Screen): Column<MinuteOfService>[] {
  return [
    ...kind<MinuteOfService>(screen, 'minute'),
    { title: 'MINUTE', text: ({ minute }) => String(minute), align: 'right' },
    { title: 'STARTED', text: ({ total }) => String(total), align: 'right' },
    { title: 'TENANTS', text: ({ tenants }) => String(tenants), align: 'right' },
    { title: 'TOP SHARE', text: ({ topShare }) => percent(topShare), align: 'right' },
    { title: 'BACKLOGGED', text: ({ backlogged }) => String(backlogged), align: 'right' },
    { title: 'JAIN', text: ({ jain }) => (jain === null ? '' : index(jain)), align: 'right' },
    { title: 'TOP', text: ({ top }) => top ?? '', shrinks: true },
  ];
}

type Tenant = ReplayReport['tenants'][number];

function tenantColumns(screen: Screen): Column<Tenant>[] {
  const wait = (which: keyof Waits): Column<Tenant> => ({
    title: `WAIT ${which.toUpperCase()}`,
    text: ({ waitMs }) => time(screen, waitMs[which]),
    align: 'right',
  });
  return [
    ...kind<Tenant>(screen, 'tenant'),
    { title: 'WORKSPACE', text: ({ workspace }) => workspace },
    { title: 'STARTED', text: ({ started }) => String(started), align: 'right' },
    wait('p50'),
    wait('p95'),
    wait('most'),
    { title: 'TENANT', text: ({ tenant }) => tenant, shrinks: true },
  ];
}

/** In a pipe a line says what it is of. */
function kind<Row>({ live }: Screen, word: string): Column<Row>[] {
  return live ? [] : [{ title: '', text: () => word }];
}

const index = (value: number) => value.toFixed(4);
const percent = (share: number) => `${(share * 100).toFixed(1)}%`;
const time = ({ live }: Screen, ms: number) => (live ? duration(ms) : String(Math.round(ms)));
