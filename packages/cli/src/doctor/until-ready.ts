import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '@fairlead/client';
import { DEADLINE_MS } from './check.ts';

const UNAVAILABLE = 503;
const LOOK_EVERY_MS = 500;

/**
 * Why a service is not ready, undefined when it is. One that says that it is not is asked again for a while: a single late
 * answer of its Redis or its Postgres, or a start that is under way, is no illness.
 */
export async function untilReady(
  ask: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const trouble = await ask().then(
      () => undefined,
      (error: Error) => error,
    );
    const mayPass = trouble instanceof ApiProblem && trouble.status === UNAVAILABLE;
    if (!mayPass || performance.now() > endMs) return trouble;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
