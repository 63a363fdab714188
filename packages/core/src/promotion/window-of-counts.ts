import type { WorkspaceCounts } from '../counts/workspace-counts.ts';
import type { Reading } from '../decision/reading.ts';
import { quantileOf } from '../histogram/histogram.ts';
import type { Span } from '../window/window.ts';
import type { PromotionWindow } from './signals.ts';

/** The signal that a whole window's counts are, with the worst that contention was in it. */
export function promotionWindowOf(counts: WorkspaceCounts, span: Span, contention: Reading): PromotionWindow {
  const age = quantileOf(counts.wait, 9_500);
  return {
    startMs: span.startMs,
    endMs: span.endMs,
    finished: counts.finished,
    dead: counts.dead,
    duplicates: counts.duplicates,
    queueAgeP95Ms: age.samples === 0 ? null : age.valueMs,
    queueAgeSamples: age.samples,
    contention,
  };
}
