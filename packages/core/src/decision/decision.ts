import type { Guardrail } from './reading.ts';

/** The four things the controller decides. */
export const KINDS = ['autoscale', 'promotion', 'backpressure', 'rollout'] as const;
export type Kind = (typeof KINDS)[number];

/** Whether `to` is more, less or the same as `from`. */
export type Action = 'raise' | 'lower' | 'hold';

export function actionOf(from: number, to: number): Action {
  if (to === from) return 'hold';
  return to > from ? 'raise' : 'lower';
}

/** The span of time whose counts were judged, [start, end), ms, and how many finished jobs were in it. */
export interface JudgedWindow {
  readonly start: number;
  readonly end: number;
  readonly samples: number;
}

/** What an operator had ordered when the decision was taken. */
export interface OperatorOverride {
  readonly kind: 'pin' | 'step' | 'freeze' | 'command';
  readonly actor: string;
  /** ms; null = until it is taken back. */
  readonly expiresAt: number | null;
}

/** What the actuator had been asked before, against what was seen running when this decision was taken. */
export interface ActuationSeen {
  readonly kind: 'none' | 'capacity' | 'process' | 'keda';
  readonly observed: { readonly capacity: number | null; readonly replicas: number | null };
  readonly outcome: 'agreed' | 'pending' | 'unknown';
}

/**
 * What every kind of decision says. `from` and `to` are always "more is more permissive": jobs at once, a quota,
 * how far the door is open, basis points of workspaces. So `raise` is always the direction that needs good evidence.
 */
export interface Decision<Reason extends string, Details> {
  readonly from: number;
  /** Where it is heading, given time and health. */
  readonly target: number;
  /** What this decision wanted before cap, floor and steps. */
  readonly desired: number;
  readonly to: number;
  readonly action: Action;
  /** Why, in one code. */
  readonly reasonCode: Reason;
  /** What held `to` back from `desired`, and what else was true. */
  readonly limiting: readonly string[];
  readonly guardrail: Guardrail;
  readonly operatorOverride: OperatorOverride | null;
  readonly window: JudgedWindow | null;
  readonly actuation: ActuationSeen | null;
  readonly details: Details;
}

/** A decision, and the state that the next one starts from: the very same object when nothing changed. */
export interface Decided<State, D> {
  readonly decision: D;
  readonly nextState: State;
}

/** No limiting codes, shared: a tick over 50,000 workspaces makes none. */
export const NOTHING: readonly string[] = Object.freeze([]);
