import type { Kind } from './decision.ts';
import type { SignalsOf } from './engine.ts';

/**
 * One signal that a counterfactual may turn. Whole steps only, as the signals are; `scale` makes steps of different
 * units comparable: what counts as "as much" as the line that the signal is held against.
 */
export interface Knob<K extends Kind> {
  /** The signal's name. */
  readonly signal: string;
  /** Its value now; a knob is only offered for what is known. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly scale: number;
  readonly set: (value: number) => SignalsOf<K>;
  /** The change in words, "0.3 points fewer failures". */
  readonly words: (value: number) => string;
}

/** "3 more", "3 fewer". */
export function moreOrFewer(from: number, to: number): string {
  return to > from ? 'more' : 'fewer';
}
