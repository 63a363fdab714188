import { hash } from 'node:crypto';
import {
  advanceSubject,
  DEFAULT_POLICY,
  type DecisionRecord,
  initialPromotion,
  type Policy,
  type PromotionSignals,
  policyHash,
  type SubjectMemory,
} from '@fairlead/core';
import type { ControlReading } from '../src/control/control-state.ts';
import type { TickToWrite } from '../src/control/write-tick.ts';
import type { Fence } from '../src/leases.ts';

export const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');
export const POLICIES: ReadonlyMap<string, Policy> = new Map([
  [policyHash(DEFAULT_POLICY, sha256), DEFAULT_POLICY],
]);
export const POLICY_HASH = policyHash(DEFAULT_POLICY, sha256);
export const START_MS = 1_767_225_600_000;
export const WINDOW_MS = DEFAULT_POLICY.promotion.windowMs;

/** A tick that looks at the promotion of `workspaces`, `windows` after the start, each window healthy. */
export function promotionTick(
  reading: ControlReading,
  fence: Fence,
  workspaces: readonly string[],
  windows: number,
): TickToWrite {
  const now = START_MS + windows * WINDOW_MS;
  const correlationId = `tick:${fence.epoch}:${now}`;
  const context = { epoch: fence.epoch, policyHash: POLICY_HASH, correlationId };
  const remembered = reading.memories?.of('promotion', 'workspace');
  const records: DecisionRecord[] = [];
  for (const id of workspaces) {
    // What is remembered of the last record is all that the engine looks at.
    const memory = (remembered?.get(id) ?? {
      state: initialPromotion(DEFAULT_POLICY.promotion),
      last: null,
    }) as SubjectMemory<'promotion'>;
    const { record } = advanceSubject(
      'promotion',
      memory,
      DEFAULT_POLICY,
      healthy(memory.state.windowStartMs, now),
      now,
      { ...context, subject: { type: 'workspace', id } },
      sha256,
    );
    if (record) records.push(record);
  }
  return { after: reading.tick, correlationId, fence, records, policies: POLICIES };
}

function healthy(startMs: number | null, now: number): PromotionSignals {
  const isDue = startMs !== null && now >= startMs + WINDOW_MS;
  const counts = { finished: 100, dead: 0, duplicates: 0, queueAgeP95Ms: 3_000, queueAgeSamples: 100 };
  return {
    eligible: true,
    duplicatesTotal: 0,
    window: isDue ? { startMs, endMs: startMs + WINDOW_MS, ...counts, contention: 'ok' } : null,
    freeze: null,
    synthetic: false,
  };
}
