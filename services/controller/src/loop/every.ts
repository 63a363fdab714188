import { createBackgroundLoop, type Loop } from '@fairlead/http';

/** A round each `everyMs`, or as soon as the one before has ended. @param round must not reject */
export function createLoop(round: () => Promise<void>, everyMs: number): Loop {
  return createBackgroundLoop(async () => {
    const startedAtMs = performance.now();
    await round();
    return Math.max(0, everyMs - (performance.now() - startedAtMs));
  });
}
