import type { ControllerSchemas } from '@fairlead/client';
import { formOf } from './drill-value.ts';

type Drill = ControllerSchemas['Drill'];

/** 500 of failure_rate → "5%" */
export function valueInWords({ signal, value }: Pick<Drill, 'signal' | 'value'>): string {
  if (value === null) return 'missing';
  const form = formOf(signal);
  if (form === 'time') return `${value}ms`;
  return form === 'count' ? `${value} more` : `${value / 100}%`;
}
