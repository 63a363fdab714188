import { shareCapacity } from '@fairlead/core';
import type { Replica } from './replicas.ts';

/**
 * The share of each replica that claims. Together they run no more than the capacity, those that run more than their
 * share included.
 *
 * Nothing is killed: a replica that drains, or whose share has just become less, keeps what it runs until that is over.
 * Meanwhile the others share what is left, or a new replica would run its part on top of that for as long as jobs take.
 */
export function sharesOf(capacity: number, replicas: readonly Replica[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  const above = new Set(replicas.filter(({ draining }) => draining));
  for (;;) {
    const taken = [...above].reduce((sum, { running }) => sum + running, 0);
    const others = replicas.filter((replica) => !above.has(replica));
    const left = shareCapacity(Math.max(0, capacity - taken), others);
    for (const [id, share] of left) shares.set(id, share);
    const found = others.filter(({ id, running }) => running > (left.get(id) ?? 0));
    if (found.length === 0) return shares;
    for (const replica of found) above.add(replica);
  }
}
