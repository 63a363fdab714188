/**
 * A replayed trace, minute by minute: how much was started, for how many tenants, how much of it for the largest, and
 * how fair that was among those who had work waiting all the while.
 */
import { fairnessOf } from './measure-fairness.ts';
import { serviceWindows, type WorkspaceTimes } from './service-windows.ts';

export interface MinuteOfService {
  /** 0 is the first. */
  readonly minute: number;
  /** Jobs started. */
  readonly total: number;
  /** Tenants who had a job started. */
  readonly tenants: number;
  /** Who had most of them. */
  readonly top: string | null;
  /** Its part of the total, 0 to 1. */
  readonly topShare: number;
  /** Tenants with a job waiting during the whole of it. */
  readonly backlogged: number;
  /** Jain's index of their starts divided by weight; null when there were fewer than two or nothing was started. */
  readonly jain: number | null;
}

/**
 * @param minuteMs how long a minute of the trace took: less, when it was replayed faster
 */
export function minuteReport(workspaces: readonly WorkspaceTimes[], minuteMs = 60_000): MinuteOfService[] {
  const weights = workspaces.map(({ weight }) => weight);
  return serviceWindows(workspaces, minuteMs).map((window, minute) => {
    const total = window.starts.reduce((sum, starts) => sum + starts, 0);
    const most = Math.max(0, ...window.starts);
    return {
      minute,
      total,
      tenants: window.starts.filter((starts) => starts > 0).length,
      top: most === 0 ? null : (workspaces[window.starts.indexOf(most)]?.name ?? null),
      topShare: total === 0 ? 0 : most / total,
      backlogged: window.backlogged.filter(Boolean).length,
      jain: fairnessOf(window, weights) ?? null,
    };
  });
}

/** With fewer starts each, a quantum more or less is what the index shows. */
const LEAST_STARTS_EACH = 10;

/** Whether Jain's index of a minute says something: there were starts enough for all who waited throughout it. */
export function isHeavyMinute({ jain, total, backlogged }: MinuteOfService): boolean {
  return jain !== null && total >= LEAST_STARTS_EACH * backlogged;
}
