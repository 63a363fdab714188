import type { Reading } from '../decision/reading.ts';
import type { Span } from '../window/window.ts';

/** The counts of one whole window of one workspace. */
export interface PromotionWindow extends Span {
  /** Jobs that ended (succeeded or dead). */
  readonly finished: number;
  /** Those of them that ended dead. */
  readonly dead: number;
  /** Duplicate sends; null = not known. */
  readonly duplicates: number | null;
  /** p95 of the time jobs waited until they started, ms; null = not known. */
  readonly queueAgeP95Ms: number | null;
  /** How many waits that stands on. */
  readonly queueAgeSamples: number;
  /** The worst that cluster-wide contention was at any time in the window. */
  readonly contention: Reading;
}

/** What one promotion decision looks at. */
export interface PromotionSignals {
  /** The workspace's `highQuotaEnabled`; null = not known. It makes eligible, it does not promote. */
  readonly eligible: boolean | null;
  /** Running total of the workspace's duplicate sends; null = not known. */
  readonly duplicatesTotal: number | null;
  /** The window that is over and to be judged (see `openWindow`); null = none is, or its counts are lost. */
  readonly window: PromotionWindow | null;
  /** An operator's order that no quota changes. */
  readonly freeze: { readonly actor: string; readonly expiresAtMs: number | null } | null;
  /** An exercise has a hand in it: a signal is injected, or one that was is still felt. */
  readonly synthetic: boolean;
}
