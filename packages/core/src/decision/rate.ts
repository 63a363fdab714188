/**
 * Rates are never divided: `part / whole > line` is `part × 10,000 > line × whole` in integers, exact for counts up
 * to 9 × 10^11. 1 basis point (bp) = 0.01 %.
 */
export const ONE_IN_BP = 10_000;

/** Whether `part` is more than `lineBp` of `whole`. Anything is more than any share of nothing. */
export function isOver(part: number, whole: number, lineBp: number): boolean {
  return part * ONE_IN_BP > whole * lineBp;
}

/** Whether `part` is `lineBp` of `whole`, or more. Nothing of nothing is not. */
export function isAtLeast(part: number, whole: number, lineBp: number): boolean {
  return whole > 0 && part * ONE_IN_BP >= whole * lineBp;
}

/** `part` of `whole` in basis points, rounded down; 0 of nothing. For words and gauges, not for decisions. */
export function basisPoints(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part * ONE_IN_BP) / whole);
}

/**
 * Whether rate a is at least rate b plus `pointsBp`. Two counts and a line multiply past 2^53, so this one is done
 * in big integers; it is asked once a rollout and tick, not once a workspace.
 */
export function exceedsBy(
  a: { readonly part: number; readonly whole: number },
  b: { readonly part: number; readonly whole: number },
  pointsBp: number,
): boolean {
  if (a.whole === 0 || b.whole === 0) return false;
  const [aPart, aWhole, bPart, bWhole] = [BigInt(a.part), BigInt(a.whole), BigInt(b.part), BigInt(b.whole)];
  return (aPart * bWhole - bPart * aWhole) * BigInt(ONE_IN_BP) >= BigInt(pointsBp) * aWhole * bWhole;
}
