import { waitFor } from '@fairlead/testkit';

/** For tests that post twice into a window of an hour: resolves when there is that much left of the hour. */
export async function roomInTheHour(leftMs: number): Promise<void> {
  await waitFor(() => Date.now() % 3_600_000 < 3_600_000 - leftMs, {
    what: 'an hour that is not about to end',
    deadlineMs: leftMs + 10_000,
    everyMs: 1_000,
  });
}
