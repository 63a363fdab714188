/** The switches that operators turn while dispatchers run, and what each may be set to. */
import type { Flags } from '@fairlead/ledger';
import { z } from 'zod';

export interface DispatcherFlags extends Readonly<Record<string, boolean | number | string>> {
  /** No schedule of the cluster fires. */
  readonly 'schedules-paused': boolean;
  /** Percent of the maxmemory of Redis above which new work is refused. */
  readonly 'redis-full-percent': number;
}

export const FLAG_VALUES: { readonly [name: string]: z.ZodType<boolean | number> } = {
  'schedules-paused': z.boolean(),
  'redis-full-percent': z.int().min(10).max(95),
};

export type DispatcherSwitches = Flags<DispatcherFlags>;
