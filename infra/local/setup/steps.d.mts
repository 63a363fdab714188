export interface Step {
  /** What it is busy with just now. */
  note(text: string): void;
  done(text?: string): void;
  failed(text?: string): void;
  cancelled(): void;
}

export interface Steps {
  /** Begins a step; it ends with exactly one of `done`, `failed`, `cancelled`. A pipe sees the hint at once. */
  step(name: string, hint?: string): Step;
  /** Text in an ANSI colour (or plain, where colours are not wanted). */
  paint(code: number, text: string): string;
  /** Whether lines are redrawn in place. */
  readonly live: boolean;
}

export interface StepsOptions {
  out?: { isTTY?: boolean; columns?: number; write(text: string): unknown };
  live?: boolean;
  colour?: boolean;
}

export function createSteps(options?: StepsOptions): Steps;
