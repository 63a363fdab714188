import type { RolloutCommand } from '../rollout/signals.ts';

/** A tenant of a simulation. */
export interface SimulatedWorkspace {
  readonly id: string;
  /** `highQuotaEnabled`. */
  readonly eligible: boolean;
  readonly jobsPerMinute: number;
  /** `day`: from none of that before 6 o'clock to all of it at noon, and none again from 22. */
  readonly profile: 'flat' | 'day';
  readonly runMs: number;
  /** Jobs that end dead, basis points. */
  readonly deadBp: number;
  readonly maxBacklog: number | null;
}

/** Something that happens from `atMs` until `untilMs` (since the start of the simulation). */
export type ScenarioEvent = { readonly atMs: number; readonly untilMs: number } & (
  | { readonly kind: 'load'; readonly workspace: string | null; readonly percent: number }
  | { readonly kind: 'failures'; readonly workspace: string | null; readonly deadBp: number }
  | { readonly kind: 'claim_latency'; readonly p95Ms: number }
  | { readonly kind: 'redis_memory'; readonly bp: number }
  /** No measurement reaches the controller. */
  | { readonly kind: 'lost_signal' }
  /** The leader is gone; when it is over another leads, with the next epoch. */
  | { readonly kind: 'leader_change' }
  /** One effect is sent twice, at `atMs`. */
  | { readonly kind: 'duplicate_send'; readonly workspace: string }
  | { readonly kind: 'pin'; readonly capacity: number; readonly actor: string }
  | { readonly kind: 'step'; readonly by: number; readonly actor: string }
  | { readonly kind: 'rollout'; readonly order: RolloutCommand['order']; readonly actor: string }
  /** Those who have the rollout's change fail more. */
  | { readonly kind: 'bad_change'; readonly deadBp: number }
);

export interface Scenario {
  readonly name: string;
  /** What it shows. */
  readonly about: string;
  readonly durationMs: number;
  readonly tickMs: number;
  readonly workspaces: readonly SimulatedWorkspace[];
  /** Name of the rollout that takes part, if one does. */
  readonly rollout: string | null;
  readonly events: readonly ScenarioEvent[];
}
