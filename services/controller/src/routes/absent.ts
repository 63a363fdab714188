/** What is not there, or not yet. */
import { ProblemError } from '@fairlead/http';

export function noOrder(detail: string): ProblemError {
  return new ProblemError('ORDER_NOT_FOUND', detail, {
    fix: 'fairlead decisions orders lists those that are in force.',
  });
}

export function noDrill(): ProblemError {
  return new ProblemError('ORDER_NOT_FOUND', 'No exercise with this signal is running.', {
    fix: 'fairlead drill list shows those that run.',
  });
}

export function noDecision(): ProblemError {
  return new ProblemError('DECISION_NOT_FOUND', 'There is no decision of this id, or not any more.', {
    fix: 'fairlead decisions list shows them. What is past its retention is gone, but for the last of each subject.',
  });
}

export function brokenDecision(why: string): ProblemError {
  return new ProblemError('DECISION_BROKEN', why, {
    fix: 'Somebody changed it in the database: fairlead decisions verify tells what else does not hold.',
  });
}

export function notDecided(): ProblemError {
  return new ProblemError('NOT_DECIDED', 'Nothing was decided about capacity yet.', {
    retryAfterSeconds: 15,
    fix: 'Wait for the first tick of a controller that leads.',
  });
}

export function noWorkspace(): ProblemError {
  return new ProblemError('WORKSPACE_NOT_FOUND', 'There is no workspace of this name.', {
    fix: 'fairlead workspaces list shows them.',
  });
}

export function noRollout(): ProblemError {
  return new ProblemError('ROLLOUT_NOT_FOUND', 'There is no rollout of this name.', {
    fix: 'fairlead rollout list shows them.',
  });
}
