/** A replica of the stack, as it is decided upon. */
export interface ReplicaNow {
  readonly number: number;
  /** Jobs that it runs, by its own last report; undefined = it has not said. */
  readonly running: number | undefined;
}

/** What to do about the number of replicas. */
export interface ReplicaPlan {
  /** How many to start. */
  readonly start: number;
  /** Which to drain, by number. */
  readonly drain: readonly number[];
}

/**
 * From the replicas that are there and stay to the number that is wanted. The idle ones go first, since nobody waits for
 * their drain; who has not said what it runs goes last; among equals the youngest goes.
 */
export function planReplicas(wanted: number, replicas: readonly ReplicaNow[]): ReplicaPlan {
  const surplus = replicas.length - wanted;
  if (surplus <= 0) return { start: wanted - replicas.length, drain: [] };
  const jobs = ({ running }: ReplicaNow) => running ?? Number.POSITIVE_INFINITY;
  const byWorth = [...replicas].sort((a, b) =>
    jobs(a) === jobs(b) ? b.number - a.number : jobs(a) - jobs(b),
  );
  return { start: 0, drain: byWorth.slice(0, surplus).map(({ number }) => number) };
}
