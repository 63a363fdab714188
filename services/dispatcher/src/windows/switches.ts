/** How windows are dispatched, as operators have switched it. */
import type { DispatcherSwitches } from '../flags.ts';

export interface DispatchSwitches {
  mode(): Promise<'queue' | 'inline'>;
  /**
   * Whether a window that cannot be enqueued runs inline, and until when it would. Asks Postgres each time: the moment at
   * which it ends is the promise.
   *
   * @throws FairleadError LEDGER_UNAVAILABLE
   */
  fallback(): Promise<{ readonly endsAt: Date | undefined } | undefined>;
}

export function createDispatchSwitches(flags: DispatcherSwitches): DispatchSwitches {
  return {
    mode: async () => ((await flags.read())['dispatch-mode'] === 'inline' ? 'inline' : 'queue'),
    async fallback() {
      const record = (await flags.list()).find(({ name }) => name === 'dispatch-fallback');
      return record?.value === true ? { endsAt: record.expiresAt } : undefined;
    },
  };
}
