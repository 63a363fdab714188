import { wholeNumber } from '../support/whole-number.ts';

/** What a run of the parity tests may be told from outside; read here and nowhere else. */
export interface ParityConfig {
  /** `FAIRLEAD_PARITY_SEQUENCES`: how many sequences. Default 300. */
  readonly sequences: number;
  /** `FAIRLEAD_PARITY_STEPS`: operations a sequence. Default 40. */
  readonly steps: number;
  /** `FAIRLEAD_PARITY_SEED`: the first seed. Default 1; give a failing one with one sequence to see it again. */
  readonly firstSeed: number;
}

export function parityConfig(env: NodeJS.ProcessEnv): ParityConfig {
  return {
    sequences: wholeNumber(env, 'FAIRLEAD_PARITY_SEQUENCES', 300),
    steps: wholeNumber(env, 'FAIRLEAD_PARITY_STEPS', 40),
    firstSeed: wholeNumber(env, 'FAIRLEAD_PARITY_SEED', 1),
  };
}
