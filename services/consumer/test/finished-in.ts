/** Attempts with an outcome in a scrape, over all types of jobs. */
export function finishedIn(metrics: string, outcome: string): number {
  const series = new RegExp(
    `^fairlead_jobs_finished_total\\{[^}]*outcome="${outcome}"[^}]*\\} (\\d+)$`,
    'gm',
  );
  return [...metrics.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0);
}
