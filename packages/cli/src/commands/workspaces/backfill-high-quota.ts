import type { Output } from '@fairlead/client';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { openProgress } from '../../output/progress.ts';

export function backfillHighQuota(context: Context) {
  return command('backfill-high-quota', {
    summary: 'Make all existing workspaces eligible for the higher quota',
    description:
      'Make all existing workspaces eligible for the higher quota, some thousand at a time. The controller may promote ' +
      'them from its next tick on; new workspaces are not eligible by themselves',
    examples: [
      'fairlead workspaces backfill-high-quota --dry-run',
      'fairlead workspaces backfill-high-quota --json | jq .rows_updated',
    ],
  })
    .option('--dry-run', 'change nothing, and count what would be')
    .action(async ({ json, dryRun = false }) => {
      const progress = openProgress(context.err);
      let rowsUpdated = 0;
      let page: Output<'backfillHighQuota'>;
      let cursor: string | null = null;
      try {
        do {
          const body = { dryRun, ...(cursor === null ? {} : { cursor }) };
          page = await context.ask((api) => api.backfillHighQuota({ body }));
          rowsUpdated += page.rowsUpdated;
          cursor = page.nextCursor;
          progress.say(`rows_updated ${rowsUpdated}, enabled ${page.enabled}/${page.total}`);
        } while (cursor !== null);
      } finally {
        progress.clear();
      }
      const { enabled, total } = page;
      await context.show(
        json,
        { rows_updated: rowsUpdated, enabled, total, dryRun },
        () => `rows_updated ${rowsUpdated}${dryRun ? ' (dry run)' : ''}\nenabled ${enabled}/${total}\n`,
      );
    });
}
