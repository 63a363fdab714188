export interface RestartPolicy {
  /** Before the first restart. Doubles with every further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** A child that was healthy for so long has paid its debts: its next crash counts as the first. */
  readonly forgetAfterHealthyMs: number;
}

export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  forgetAfterHealthyMs: 30_000,
};

/**
 * What to do after a crash, given how often it crashed before without being healthy for long in between.
 *
 * @param crashes before this one
 * @param healthyForMs how long it was healthy before this crash; 0 when it never became healthy
 */
export function nextRestart(
  policy: RestartPolicy,
  crashes: number,
  healthyForMs: number,
): { crashes: number; delayMs: number } {
  const counted = (healthyForMs >= policy.forgetAfterHealthyMs ? 0 : crashes) + 1;
  return { crashes: counted, delayMs: Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (counted - 1)) };
}
