import type { Output } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import type { Column } from '../../output/table.ts';
import { when } from '../../output/time.ts';

export type Flag = Output<'getFlag'>;

export function flagColumns({ out, nowMs }: Context): Column<Flag>[] {
  return [
    { title: 'FLAG', text: ({ name }) => name },
    { title: 'VALUE', text: ({ value }) => String(value) },
    {
      title: 'SOURCE',
      text: ({ source }) => source,
      style: ({ source }) => (source === 'set' ? 'yellow' : 'dim'),
    },
    { title: 'BY', text: ({ updatedBy }) => updatedBy ?? '' },
    { title: 'SET', text: ({ updatedAt }) => when(out, updatedAt, nowMs()) },
    { title: 'ENDS', text: ({ expiresAt }) => when(out, expiresAt, nowMs()) },
  ];
}

/** One flag, a line for each thing that is known. */
export function showFlag({ out, nowMs }: Context, flag: Flag): string {
  const { name, value, source, updatedBy, updatedAt, expiresAt } = flag;
  return fields(out, [
    ['name', name],
    ['value', String(value)],
    ['source', source],
    ['updatedBy', updatedBy],
    ['updatedAt', updatedAt && when(out, updatedAt, nowMs())],
    ['expiresAt', expiresAt && when(out, expiresAt, nowMs())],
  ]);
}
