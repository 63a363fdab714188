/** What a look at one thing found. */
export interface Finding {
  readonly check: string;
  /** `warning`: it works, and will hurt one day. `skipped`: it could not be looked at. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  readonly fix?: string;
}

/** For one thing to answer. */
export const DEADLINE_MS = 5_000;

export function ok(check: string, detail: string): Finding {
  return { check, status: 'ok', detail };
}

export function warning(check: string, detail: string, fix: string): Finding {
  return { check, status: 'warning', detail, fix };
}

export function failed(check: string, detail: string, fix: string): Finding {
  return { check, status: 'failed', detail, fix };
}

export function skipped(check: string, detail: string, fix: string): Finding {
  return { check, status: 'skipped', detail, fix };
}

/** Whether a version like `7.0.15` is at least `least`. */
export function isAtLeast(version: string, least: readonly [major: number, minor: number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > least[0] || (major === least[0] && minor >= least[1]);
}
