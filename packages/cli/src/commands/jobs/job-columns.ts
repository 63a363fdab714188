import type { ItemOf } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { stateStyle } from '../../output/state.ts';
import type { Column } from '../../output/table.ts';
import { when } from '../../output/time.ts';

export function jobColumns({ out, nowMs }: Context): Column<ItemOf<'listJobs'>>[] {
  return [
    { title: 'ID', text: ({ id }) => id },
    { title: 'TYPE', text: ({ type }) => type, shrinks: true },
    { title: 'STATE', text: ({ state }) => state, style: ({ state }) => stateStyle(state) },
    { title: 'ATTEMPTS', text: ({ attempts, maxAttempts }) => `${attempts}/${maxAttempts}`, align: 'right' },
    { title: 'CREATED', text: ({ createdAt }) => when(out, createdAt, nowMs()) },
    { title: 'FINISHED', text: ({ finishedAt }) => when(out, finishedAt, nowMs()) },
    { title: 'LAST ERROR', text: ({ lastError }) => lastError ?? '', style: () => 'dim', shrinks: true },
  ];
}
