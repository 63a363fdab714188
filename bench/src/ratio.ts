import { median } from './figure.ts';

/**
 * The median over the rounds of ours/theirs within one round: what slowed a whole round down cancels out.
 * NaN when a round is missing.
 */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) return Number.NaN;
  return median(ours.map((value, round) => value / (theirs[round] as number)));
}

/** Per round the best of several peers. */
export function bestOf(peers: readonly (readonly number[])[]): number[] {
  const rounds = Math.min(...peers.map((peer) => peer.length));
  return Array.from({ length: rounds }, (_, round) =>
    Math.max(...peers.map((peer) => peer[round] as number)),
  );
}

/** Per round the worst of several. */
export function worstOf(peers: readonly (readonly number[])[]): number[] {
  const negative = peers.map((peer) => peer.map((value) => -value));
  return bestOf(negative).map((value) => -value);
}
