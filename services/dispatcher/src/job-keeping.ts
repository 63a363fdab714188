/**
 * Where jobs are kept decides nearly all of what a dispatcher does with them. There are two ways, each a file: in the
 * ledger (`ledger/keeping.ts`), or in Redis alone (`unremembered.ts`). This is what the rest sees of either.
 */
import type { Handled, Loop } from '@fairlead/http';
import type { Jobs } from '@fairlead/ledger';
import type { Admission } from './admission.ts';

export interface JobKeeping {
  /** The operations that depend on where jobs are kept. */
  readonly handled: readonly Handled[];
  readonly admission: Admission;
  /** What runs in the background. */
  readonly loops: readonly Loop[];
  /** The ledger's jobs, where it keeps them. */
  readonly jobs: Pick<Jobs, 'unfinishedIn'> | undefined;
  /** What runs here is over within `withinMs`; what is left of it goes to the queue. */
  drain(withinMs: number): void;
  /** Resolves when what was to be noted is noted. */
  flush(): Promise<void>;
}
