/** What a leader needs of ledger and scheduler. */
import type { Ledger } from '@fairlead/ledger';
import type { Scheduler } from '@fairlead/scheduler';
import type { PublishTo } from '../act/publisher.ts';

export type LeaderLedger = Pick<Ledger, 'controlStates' | 'windowCounts' | 'signals'> & {
  readonly decisions: Pick<Ledger['decisions'], 'write'>;
  readonly rollouts: Pick<Ledger['rollouts'], 'deciding'>;
};

export type LeaderScheduler = PublishTo & Pick<Scheduler, 'readReports' | 'loads' | 'memory' | 'replicas'>;
