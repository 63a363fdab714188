/** Of starts in their order: did each workspace get what its weight gives it, and did it get that steadily? */
import { jainIndex } from '@fairlead/core';

export type Weights = ReadonlyMap<string, number>;

/** The largest deviation of a workspace's part of the starts from its part of the weights, percent of the latter. */
export function shareErrorPercent(starts: readonly string[], weights: Weights): number {
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const errors = [...weights].map(([workspace, weight]) => {
    const part = countOf(starts, workspace) / starts.length;
    return Math.abs(part / (weight / all) - 1) * 100;
  });
  return starts.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...errors);
}

/** Jain's index of starts divided by weight. */
export function weightedJain(starts: readonly string[], weights: Weights): number {
  if (starts.length === 0) return 0;
  return jainIndex([...weights].map(([workspace, weight]) => countOf(starts, workspace) / weight));
}

/**
 * How far one workspace ever ran ahead of another, in parts of what start-time fair queueing allows: in no window of the
 * starts may the difference of two workspaces' starts divided by weight be more than a quantum of each divided by its
 * weight. 1 is the bound; all of them must be backlogged throughout.
 */
export function worstLead(starts: readonly string[], weights: Weights, quantum: number): number {
  let worst = 0;
  const names = [...weights.keys()];
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const [perA, perB] = [1 / (weights.get(a) as number), 1 / (weights.get(b) as number)];
      // A window's difference is one of two prefixes: the largest is between the highest and the lowest of them.
      let [ahead, most, least] = [0, 0, 0];
      for (const workspace of starts) {
        if (workspace === a) ahead += perA;
        else if (workspace === b) ahead -= perB;
        most = Math.max(most, ahead);
        least = Math.min(least, ahead);
      }
      worst = Math.max(worst, (most - least) / (quantum * (perA + perB)));
    }
  }
  return worst;
}

/** Starts of a round: with these weights each gets a whole number of quanta, the lightest one. */
export function roundLength(weights: Weights, quantum: number): number {
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return (quantum * all) / Math.min(...weights.values());
}

/**
 * After how many rounds the weights hold in every window, to the end of the starts; a bound on how long a change of
 * weights takes. Infinite when they never do for at least two rounds.
 */
export function roundsUntilHeld(starts: readonly string[], weights: Weights, quantum: number): number {
  const round = roundLength(weights, quantum);
  for (let from = 0; from <= starts.length - 2 * round; from++) {
    if (worstLead(starts.slice(from), weights, quantum) <= WITHIN) return from / round;
  }
  return Number.POSITIVE_INFINITY;
}

/** Sums of fractions such as 1/3 are not exact. */
const WITHIN = 1 + 1e-9;

function countOf(starts: readonly string[], workspace: string): number {
  return starts.reduce((count, started) => (started === workspace ? count + 1 : count), 0);
}
