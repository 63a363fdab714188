import type { ApiKeys, Ledger } from '@fairlead/ledger';
import type { PolicySource } from './api/policy.ts';
import type { Policies } from './loop/leader.ts';

/**
 * What the API is made of. Everything but live replicas and the policy of the process is in Postgres, so that any
 * controller can answer.
 */
export interface ControllerApiParts {
  readonly ledger: Pick<Ledger, 'decisions' | 'overrides' | 'rollouts' | 'leases'> & {
    readonly workspaces: Pick<Ledger['workspaces'], 'get'>;
    readonly apiKeys: Pick<ApiKeys, 'verify'>;
  };
  /** Consumers that are alive, as they last reported. */
  replicas(): Promise<readonly LiveReplica[]>;
  /** Whether signals may be injected for exercises. */
  readonly drills: 'on' | 'off';
  /** The lease of who decides. */
  readonly leaseName: string;
  /** What this process decides by when it leads, and where that is from. */
  readonly policies: Policies;
  readonly policySource: PolicySource;
  /** Whether it leads. */
  leads(): boolean;
}

export interface LiveReplica {
  readonly id: string;
  /** Jobs that it can run at once. */
  readonly slots: number;
  readonly running: number;
  /** It takes no more jobs, and ends when it has none. */
  readonly draining: boolean;
  readonly seenAtMs: number;
}
