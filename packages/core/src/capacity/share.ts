/** A replica that is to be given its part of the capacity. */
export interface SharingReplica {
  readonly id: string;
  /** The most jobs that it can run at once. */
  readonly slots: number;
}

/**
 * How many jobs at once each replica may run, so that together they run no more than the capacity.
 *
 * As even as whole numbers and the replicas' slots allow: what a small replica cannot take goes to the larger ones,
 * and what is left of an even division goes to the first by id. The shares sum up to `capacity`, or to all slots if
 * those are fewer. The same replicas in another order get the same.
 *
 * @param capacity jobs at once, ≥ 0
 */
export function shareCapacity(
  capacity: number,
  replicas: readonly SharingReplica[],
): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  // The smallest first: whoever cannot take an even part of what is left leaves more for all that follow.
  const ascending = [...replicas].sort((a, b) => a.slots - b.slots || byId(a, b));
  let left = capacity;
  let open = ascending.length;
  for (const { id, slots } of ascending) {
    if (slots * open > left) break;
    shares.set(id, slots);
    left -= slots;
    open--;
  }
  const larger = ascending.slice(ascending.length - open).sort(byId);
  const even = open === 0 ? 0 : Math.floor(left / open);
  let extra = left - even * open;
  for (const { id } of larger) {
    shares.set(id, even + (extra > 0 ? 1 : 0));
    extra--;
  }
  return shares;
}

/** By code unit: the order must be the same in every process, whatever its locale. */
function byId(a: SharingReplica, b: SharingReplica): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
