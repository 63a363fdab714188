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
  const number = (name: string, fallback: number) => {
    const value = env[name];
    if (value === undefined || value === '') return fallback;
    if (!/^\d+$/.test(value)) throw new Error(`${name} must be a whole number, and is ${value}`);
    return Number(value);
  };
  return {
    sequences: number('FAIRLEAD_PARITY_SEQUENCES', 300),
    steps: number('FAIRLEAD_PARITY_STEPS', 40),
    firstSeed: number('FAIRLEAD_PARITY_SEED', 1),
  };
}
