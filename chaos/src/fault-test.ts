/** A fault test: what it does, and what it answers. */

export interface FaultTestOptions {
  /** The small form that `npm test` runs too. */
  readonly quick: boolean;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface FaultTest {
  readonly name: string;
  /** One line for the list of tests. */
  readonly about: string;
  run(options: FaultTestOptions): Promise<readonly Figure[]>;
}

/**
 * What was counted or measured. Three kinds must hold: that the fault happened (kills > 0), that nothing broke (lost = 0),
 * and, in a negative control, that something breaks without the guard (duplicates > 0).
 */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  readonly must?: Bound;
}

export interface Bound {
  readonly op: '=' | '<=' | '>=' | '>';
  readonly value: number;
}

export function figure(name: string, value: number, must?: Bound, unit?: string): Figure {
  return { name, value, ...(must ? { must } : {}), ...(unit ? { unit } : {}) };
}

export const exactly = (value: number): Bound => ({ op: '=', value });
export const atMost = (value: number): Bound => ({ op: '<=', value });
export const atLeast = (value: number): Bound => ({ op: '>=', value });
export const some: Bound = { op: '>', value: 0 };

/**
 * A bound of time, ms. The quick form runs beside other tests on whatever machine there is, and says nothing of speed: there
 * it is enough that nothing takes ten times as long.
 */
export const within = (ms: number, quick: boolean): Bound => atMost(quick ? 10 * ms : ms);

/** Whether a figure is as it must be; what need not be anything holds. */
export function holds({ value, must }: Figure): boolean {
  switch (must?.op) {
    case undefined:
      return true;
    case '=':
      return value === must.value;
    case '<=':
      return value <= must.value;
    case '>=':
      return value >= must.value;
    case '>':
      return value > must.value;
  }
}
