import type { ControllerSchemas } from '@fairlead/client';
import type { Context } from '../../context.ts';
import type { Style } from '../../output/screen.ts';
import type { Column } from '../../output/table.ts';
import { when } from '../../output/time.ts';

export type Rollout = ControllerSchemas['Rollout'];

const STYLES: Readonly<Record<Rollout['status'], Style>> = {
  draft: 'dim',
  running: 'cyan',
  paused: 'yellow',
  completed: 'green',
  aborted: 'yellow',
  rolled_back: 'red',
};

export function rolloutColumns({ out, nowMs }: Context): Column<Rollout>[] {
  return [
    { title: 'ROLLOUT', text: ({ name }) => name },
    { title: 'FEATURE', text: ({ feature }) => feature },
    { title: 'STATUS', text: ({ status }) => status, style: ({ status }) => STYLES[status] },
    { title: 'SHARE', text: ({ shareBp }) => percent(shareBp), align: 'right' },
    { title: 'ORDER', text: orderOf },
    { title: 'CREATED', text: ({ createdAt }) => when(out, createdAt, nowMs()) },
    { title: 'ENDED', text: ({ endedAt }) => when(out, endedAt, nowMs()) },
  ];
}

/** 2,500 basis points → "25%" */
export function percent(bp: number): string {
  return `${bp / 100}%`;
}

/** `start by key:1a2b`, and whether it waits. */
export function orderOf({ order }: Pick<Rollout, 'order'>): string {
  if (order === null) return '';
  return `${order.order} by ${order.actor}${order.isTaken ? '' : ', waits for the next tick'}`;
}
