import type { Column } from '../output/table.ts';
import { isChanged, readable, type Setting } from './settings.ts';

/** A setting a line. For people a value has its unit; for programs it is as it stands in a file. */
export function settingColumns({ live }: { readonly live: boolean }): Column<Setting>[] {
  const text = (name: string, value: Setting['value']) =>
    live ? readable(name, value) : JSON.stringify(value);
  return [
    { title: 'SETTING', text: ({ name }) => name },
    {
      title: 'VALUE',
      text: ({ name, value }) => text(name, value),
      style: (setting) => (isChanged(setting) ? 'yellow' : undefined),
    },
    {
      title: 'DEFAULT',
      text: (one) => (isChanged(one) ? text(one.name, one.initial) : ''),
      style: () => 'dim',
    },
    { title: 'WHAT', text: ({ about }) => about, style: () => 'dim', shrinks: true },
  ];
}
