import { hash } from 'node:crypto';
import {
  advanceSubject,
  DEFAULT_POLICY,
  INITIAL_ROLLOUT,
  policyHash,
  type RolloutCommand,
  type RolloutSignals,
  type RolloutState,
  type SubjectMemory,
} from '@fairlead/core';
import type { Ledger } from '@fairlead/ledger';

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');
const POLICY = policyHash(DEFAULT_POLICY, sha256);
const HOLDER = 'test-controller';
const HALF_AN_HOUR_MS = 1_800_000;

const WELL = {
  enqueues: 500,
  enqueueFailures: 0,
  duplicateDispatches: 0,
  finished: 500,
  dead: 0,
  queueAgeP95Ms: 100,
};

/** Ticks of a controller that decides on one rollout, as the engine does, and stores what it decided. */
export function rolloutTicks(
  ledger: Pick<Ledger, 'leases' | 'controlStates' | 'decisions'>,
  name: string,
): {
  /** Half an hour later than the one before. Gives the reason of its decision. */
  tick(signals?: Partial<RolloutSignals>): Promise<string>;
} {
  let nowMs = 1_767_225_600_000;
  return {
    async tick(signals = {}) {
      nowMs += HALF_AN_HOUR_MS;
      const lease = await ledger.leases.acquire('controller', HOLDER, 60_000);
      if (lease.outcome !== 'held') throw new Error('another holds the lease');
      const { tick: after, memories, rollouts } = await ledger.controlStates.read();
      const remembered = memories?.of('rollout', 'rollout').get(name);
      const memory = { ...(remembered ?? { state: INITIAL_ROLLOUT, last: null }) };
      const command = rollouts.find((rollout) => rollout.name === name)?.command ?? null;
      const correlationId = `tick:${name}:${nowMs}`;
      const seen: RolloutSignals = {
        countedSinceMs: (memory.state as RolloutState).holdStartMs,
        cohort: WELL,
        rest: WELL,
        duplicatesTotal: 0,
        synthetic: false,
        ...signals,
        command: command as RolloutCommand | null,
      };
      const { record } = advanceSubject(
        'rollout',
        memory as SubjectMemory<'rollout'>,
        DEFAULT_POLICY,
        seen,
        nowMs,
        {
          subject: { type: 'rollout', id: name },
          epoch: lease.fence.epoch,
          policyHash: POLICY,
          correlationId,
        },
        sha256,
      );
      if (record === null) throw new Error('a repeat');
      const policies = new Map([[POLICY, DEFAULT_POLICY]]);
      const { outcome } = await ledger.decisions.write({
        ...{ after, correlationId, fence: lease.fence, policies },
        records: [record],
      });
      if (outcome !== 'written') throw new Error(`the tick is not written: ${outcome}`);
      return record.reasonCode;
    },
  };
}
