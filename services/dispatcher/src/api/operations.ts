/** Everything that the dispatcher can be asked under /v1. What is not here is not served. */
import type { Operation } from '@fairlead/http';
import { listAudit } from './audit.ts';
import { addJobs } from './batches.ts';
import { dispatchWindow, getDispatchWindow, listDispatchWindows } from './dispatch.ts';
import { listEffects, resolveEffect } from './effects.ts';
import { clearFlag, getFlag, listFlags, setFlag } from './flags.ts';
import { listFunctionRuns } from './function-runs.ts';
import { addJob, cancelJob, getJob, listDead, listJobs, redriveDead, retryJob } from './jobs.ts';
import { createKey, listKeys, revokeKey } from './keys.ts';
import { deleteSchedule, getSchedule, listSchedules, putSchedule } from './schedules.ts';
import {
  backfillHighQuota,
  drainWorkspace,
  getWorkspace,
  listWorkspaces,
  pauseWorkspace,
  resumeWorkspace,
  updateWorkspace,
} from './workspaces.ts';

export const operations: readonly Operation[] = [
  addJob,
  addJobs,
  getJob,
  listJobs,
  cancelJob,
  retryJob,
  listDead,
  redriveDead,
  listEffects,
  resolveEffect,
  listWorkspaces,
  getWorkspace,
  updateWorkspace,
  pauseWorkspace,
  drainWorkspace,
  resumeWorkspace,
  backfillHighQuota,
  listSchedules,
  getSchedule,
  putSchedule,
  deleteSchedule,
  dispatchWindow,
  listDispatchWindows,
  getDispatchWindow,
  listFunctionRuns,
  listFlags,
  getFlag,
  setFlag,
  clearFlag,
  createKey,
  listKeys,
  revokeKey,
  listAudit,
];
