/** A dispatch window: the time in which posts of one source are one dispatch. */
export interface DispatchTime {
  readonly dispatchKey: string;
  readonly windowStart: Date;
}

/** The window that `nowMs` is in. Windows are counted from 1970, so that those of 3,600 s begin with the hour of UTC. */
export function windowAt(source: string, windowSeconds: number, nowMs: number): DispatchTime {
  const lengthMs = windowSeconds * 1_000;
  const windowStart = new Date(Math.floor(nowMs / lengthMs) * lengthMs);
  return { dispatchKey: `${source}:v1:${windowSeconds}:${windowStart.toISOString()}`, windowStart };
}
