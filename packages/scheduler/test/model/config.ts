import { wholeNumber } from '../support/whole-number.ts';

/** What a run of the model tests may be told from outside; read here and nowhere else. */
export interface ModelConfig {
  /** `FAIRLEAD_MODEL_SEQUENCES`: how many sequences. Default: what the test says. */
  readonly sequences: number;
  /**
   * `FAIRLEAD_MODEL_SEED`: the first seed. Default 1, so that a gate is the same each time; give another one to look
   * further, or a failing one with one sequence to see it again.
   */
  readonly firstSeed: number;
}

export function modelConfig(env: NodeJS.ProcessEnv, sequences: number): ModelConfig {
  return {
    sequences: wholeNumber(env, 'FAIRLEAD_MODEL_SEQUENCES', sequences),
    firstSeed: wholeNumber(env, 'FAIRLEAD_MODEL_SEED', 1),
  };
}
