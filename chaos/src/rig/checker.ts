/** What became of accepted jobs, by Postgres alone. */
import { waitFor } from '@fairlead/testkit';
import { atMost, exactly, type Figure, figure } from '../fault-test.ts';
import type { Rig } from './rig.ts';

/** Waits until no job is unfinished. */
export async function drained(rig: Rig, deadlineMs: number): Promise<void> {
  const unfinished = () => rig.count(`SELECT count(*) FROM "Job" WHERE state IN ('accepted', 'queued')`);
  try {
    await waitFor(async () => (await unfinished()) === 0, {
      what: 'all jobs are finished',
      deadlineMs,
      everyMs: 100,
    });
  } catch (error) {
    // The verdict says what is missing; this says that it was waited for.
    process.stderr.write(`${(error as Error).message} ${await unfinished()} are not.\n`);
  }
}

export interface Expected {
  /** The ids of all 2xx answers. */
  readonly accepted: readonly string[];
  /** Jobs that are to be dead letters. */
  readonly dead?: number;
}

/** The three zeros of every fault test, after `drained`. */
export async function verdict(rig: Rig, { accepted, dead = 0 }: Expected): Promise<Figure[]> {
  const rows = await rig.sql<{ id: string; state: string }>('SELECT id, state FROM "Job"');
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  const finished = new Set(['succeeded', 'dead', 'cancelled']);
  const lost = accepted.filter((id) => !finished.has(states.get(id) ?? 'absent'));
  const died = rows.filter(({ state }) => state === 'dead').length;
  if (died > dead) {
    const reasons = await rig.sql(
      `SELECT type, "lastError", count(*) FROM "Job" WHERE state = 'dead' GROUP BY 1, 2`,
    );
    process.stderr.write(`Dead letters: ${JSON.stringify(reasons)}\n`);
  }
  return [
    figure('accepted', accepted.length, undefined, 'jobs'),
    figure('lost', lost.length, exactly(0), 'jobs'),
    figure('duplicate_recorded_effects', await repeats(rig, 'once'), exactly(0), 'effects'),
    figure('wrongly_failed', died - dead, atMost(0), 'jobs'),
  ];
}

/** How often an effect of this kind was taken again. */
export function repeats(rig: Rig, kind: 'once' | 'bare' | 'sent'): Promise<number> {
  return rig.count(`SELECT count(*) - count(DISTINCT job) AS count FROM chaos_effect WHERE kind = $1`, [
    kind,
  ]);
}
