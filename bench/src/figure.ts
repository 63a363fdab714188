/**
 * What a bench answers. A figure is a median over rounds; a figure with a goal passes or not. On shared machines
 * absolute figures mean little: the ratio to a peer in the same run is the result.
 */
export interface Goal {
  readonly op: '>=' | '<=';
  readonly value: number;
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: Goal;
}

export interface JudgedFigure extends Figure {
  /** null without a goal. */
  readonly pass: boolean | null;
}

/** Rounds to four significant digits and says whether the goal is met; what is not a number misses it. */
export function judge(figure: Figure): JudgedFigure {
  const value = Number.isFinite(figure.value) ? Number(figure.value.toPrecision(4)) : figure.value;
  if (!figure.goal) return { ...figure, value, pass: null };
  const { op, value: limit } = figure.goal;
  const met = op === '>=' ? figure.value >= limit : figure.value <= limit;
  return { ...figure, value, pass: met };
}

/** The median; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
