/** What a scenario found, as a number; one without a goal is told and not judged. */
export interface Finding {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: { readonly op: '>=' | '<='; readonly value: number };
  /** A busy machine makes it worse: a bench judges it, a test does not. */
  readonly timed?: boolean;
}

/** The same finding, which says as much of the machine. */
export function timed(finding: Finding): Finding {
  return { ...finding, timed: true };
}

export function atMost(name: string, value: number, unit: string, goal: number): Finding {
  return { name, value, unit, goal: { op: '<=', value: goal } };
}

export function atLeast(name: string, value: number, unit: string, goal: number): Finding {
  return { name, value, unit, goal: { op: '>=', value: goal } };
}

/** Whether the goal is met; what is not a number meets none. */
export function holds({ value, goal }: Finding): boolean {
  if (goal === undefined) return true;
  return goal.op === '>=' ? value >= goal.value : value <= goal.value;
}
