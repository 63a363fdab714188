import { shareCapacity } from '@fairlead/core';
import type { Replica } from './replicas.ts';

/**
 * The share of each replica that claims. Together they run no more than the capacity, those that run more than their
 * share included.
 *
 * Nothing is killed: a replica that drains, or whose share has just become less, keeps what it runs until that is over.
 * Meanwhile the others share what is left, or a new replica would run its part on top of that for as long as jobs take.
 * What a replica runs within its even part it may go on running: the numbers of the others are up to a second old, and
 * a lower capacity would stop whoever has obeyed first.
 */
export function sharesOf(capacity: number, replicas: readonly Replica[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  let others = replicas.filter(({ draining }) => !draining);
  let taken = replicas.reduce((sum, { draining, running }) => sum + (draining ? running : 0), 0);
  for (;;) {
    const left = shareCapacity(Math.max(0, capacity - taken), others);
    const above = others.filter(({ id, running }) => running > (left.get(id) ?? 0));
    for (const { id, running } of above) shares.set(id, shares.has(id) ? running : (left.get(id) ?? 0));
    others = others.filter((replica) => !above.includes(replica));
    for (const { id } of others) shares.set(id, left.get(id) ?? 0);
    if (above.length === 0) return shares;
    taken += above.reduce((sum, { running }) => sum + running, 0);
  }
}
