import type { ControllerSchemas } from '@fairlead/client';

type Drill = ControllerSchemas['Drill'];

const TIMES: readonly string[] = ['claim_latency', 'event_loop_delay', 'ledger_lag'];

/** 500 of failure_rate → "5%" */
export function valueInWords({ signal, value }: Pick<Drill, 'signal' | 'value'>): string {
  if (value === null) return 'missing';
  if (TIMES.includes(signal)) return `${value}ms`;
  return signal === 'duplicate_sends' ? `${value} more` : `${value / 100}%`;
}
