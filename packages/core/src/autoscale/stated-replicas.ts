/**
 * The number to tell Kubernetes so that it comes to the replicas that are wanted.
 *
 * Its autoscaler (HPA) reads our number as a metric with a target of 1 a replica, and changes nothing while
 *
 *     | number ÷ replicas it has − 1 | ≤ tolerance        (10 % where nobody has set another)
 *
 * So 17 told to a cluster of 16 is 6 % too much, and ignored for ever; and what is true of 16 → 17 is true of every
 * step of capacity in a large cluster. Where the tolerance would swallow a raise, the least number is told that it does
 * not swallow: 17.61 for 16 → 17, which becomes 18. Replicas are places, capacity is the limit on what runs in them:
 * at most a tenth more places than wanted do no harm, and too few do. A lowering that is swallowed is left at that.
 *
 * What is told is never above `wanted × (1 + tolerance)`, whatever is running, so that nothing climbs by itself: what was
 * asked for and does not start yet is asked for again, and not more.
 */

const BP = 10_000;

/** Hundredths: the metric travels in thousandths, and one of them may be lost to rounding on the way. */
const MARGIN = 1;

/**
 * Replicas to state, in whole hundredths (1,761 = 17.61).
 *
 * @param wanted replicas that are wanted
 * @param running replicas that are live and not draining; null = not known: then every number below `wanted` is reckoned with
 * @param toleranceBp tolerance of the autoscaler for raises, basis points
 */
export function statedReplicas(wanted: number, running: number | null, toleranceBp: number): number {
  const has = running ?? wanted - 1;
  const least = wanted * 100;
  if (has >= wanted) return least;
  const swallowed = Math.ceil((has * 100 * (BP + toleranceBp)) / BP);
  return toleranceBp === 0 || least > swallowed ? least : swallowed + MARGIN;
}
