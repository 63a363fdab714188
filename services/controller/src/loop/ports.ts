/** What a leader needs of ledger and scheduler. */
import type { Fence, Ledger } from '@fairlead/ledger';
import type { Scheduler } from '@fairlead/scheduler';
import type { PublishTo } from '../act/publisher.ts';
import type { CountsToSave } from '../gather/counting.ts';
import type { SavedCounts } from '../gather/saved.ts';

export interface LeaderLedger extends Pick<Ledger, 'controlStates' | 'decisions'> {
  readonly rollouts: Pick<Ledger['rollouts'], 'deciding'>;
  readonly windowCounts: {
    read(): Promise<SavedCounts>;
    save(counts: CountsToSave, fence: Fence): Promise<'saved' | 'lease_lost'>;
  };
  /** @param mark of the last answer: only the settings that changed since then */
  controlSignals(mark?: string): Promise<LedgerSignals>;
}

export interface LedgerSignals {
  readonly mark: string;
  /** Running totals. Who is not in the map has none. */
  readonly duplicates: { readonly total: number; readonly byWorkspace: ReadonlyMap<string, number> };
  readonly duplicateDispatches: number;
  readonly writeLagMs: number;
  readonly settings: readonly {
    readonly workspaces: readonly string[];
    readonly maxBacklog: number;
    readonly highQuotaEnabled: boolean;
  }[];
}

export type LeaderScheduler = PublishTo & Pick<Scheduler, 'readReports' | 'loads' | 'memory' | 'replicas'>;
