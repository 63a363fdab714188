import type { DecisionRecord } from '@fairlead/core';

/** A decision as its row has it: nothing in its spans comes from anywhere else, so a repeat makes the same spans. */
export interface SpanOfDecision {
  /** Undefined: somebody changed the row so that it is no record any more. It has no span. */
  readonly record: DecisionRecord | undefined;
  /** The canonical record: what is hashed, byte for byte. */
  readonly text: string;
  /** For how many ticks it was the subject's last word when the row was read, its own tick included. */
  readonly stoodTicks: number;
  /** What its subject was told before; undefined for the first, or when that is past its retention. */
  readonly previous: PreviousDecision | undefined;
  /** W3C traceparents of the jobs that were the evidence. */
  readonly evidence: readonly string[];
  /** When the row was written, ms; undefined: as soon as it was decided. */
  readonly writtenAtMs?: number | undefined;
}

export interface PreviousDecision {
  readonly correlationId: string;
  /** For how many ticks it stood, as is known for good now. */
  readonly stoodTicks?: number | undefined;
}
