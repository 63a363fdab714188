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
  const number = (name: string, fallback: number) => {
    const value = env[name];
    if (value === undefined || value === '') return fallback;
    if (!/^\d+$/.test(value)) throw new Error(`${name} must be a whole number, and is ${value}`);
    return Number(value);
  };
  return {
    sequences: number('FAIRLEAD_MODEL_SEQUENCES', sequences),
    firstSeed: number('FAIRLEAD_MODEL_SEED', 1),
  };
}
