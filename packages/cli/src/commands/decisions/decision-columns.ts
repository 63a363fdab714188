import type { DecisionRecord } from '@fairlead/core';
import { instant } from '../../decision-log/open.ts';
import type { Screen, Style } from '../../output/screen.ts';
import type { Column } from '../../output/table.ts';

/** A decision a line. The kind and the subject are in the id; a program gets them apart too. */
export function decisionColumns({ live }: Pick<Screen, 'live'>): Column<DecisionRecord>[] {
  const parts: Column<DecisionRecord>[] = [
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'SUBJECT', text: ({ subject }) => subject.id },
  ];
  return [
    { title: 'TIME', text: ({ evaluatedAt }) => instant(evaluatedAt) },
    { title: 'ID', text: ({ id }) => `${id}` },
    ...(live ? [] : parts),
    { title: 'ACTION', text: ({ action }) => `${action}`, style: ({ action }) => styleOf(action) },
    { title: 'FROM', text: ({ from }) => `${from}`, align: 'right' },
    { title: 'TO', text: ({ to }) => `${to}`, align: 'right' },
    { title: 'REASON', text: ({ reasonCode }) => `${reasonCode}` },
  ];
}

/** A file may have any action. */
export function styleOf(action: string): Style {
  if (action === 'raise') return 'green';
  return action === 'lower' ? 'yellow' : 'dim';
}
