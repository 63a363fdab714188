/** What does not exist, be it that it is another tenant's: the answers are the same ones. */
import { problem } from '@fairlead/http';

export const NO_WORKSPACE = problem('WORKSPACE_NOT_FOUND', 'There is no workspace of this name.', {
  fix: 'A workspace begins with its first job, or with PATCH.',
});

export const NO_JOB = problem('JOB_NOT_FOUND', 'The workspace has no job of this id, or not any more.', {
  fix: 'Finished jobs are kept for a while only.',
});

export const NO_EFFECT = problem(
  'EFFECT_NOT_FOUND',
  'The workspace has no effect of this key, or not any more.',
  {
    fix: 'fairlead effects list shows those whose outcome is unknown.',
  },
);

export const NO_WINDOW = problem(
  'WINDOW_NOT_FOUND',
  'There is no dispatch window of this key, or not any more.',
);

export const NO_SCHEDULE = problem('SCHEDULE_NOT_FOUND', 'The workspace has no schedule of this name.');
