import type { Express } from 'express';

/** Apps whose server is shutting down: the server knows, and the app's health and routes must. */
const draining = new WeakSet<Express>();

/** From now on the app is not ready and refuses new work. */
export function beginDraining(app: Express): void {
  draining.add(app);
}

export function isDraining(app: Express): boolean {
  return draining.has(app);
}
