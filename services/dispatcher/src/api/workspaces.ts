import { isWorkspaceSlug, WAITING_REASONS } from '@fairlead/core';
import { defineOperation, nextCursor, time } from '@fairlead/http';
import { z } from 'zod';
import { pageQuery, settingsBody } from '../workspace-input.ts';
import { NO_WORKSPACE } from './absent.ts';
import { workspaceName } from './fields.ts';
import { pressure } from './pressure.ts';

/** A number of its own, or what its quota on the ladder is. */
const orQuota = (number: z.ZodNumber) => z.union([number, z.literal('quota')]);

export const workspace = z
  .strictObject({
    name: z.string(),
    displayName: z.string().nullable(),
    createdAt: time,
    version: z.int().meta({ description: 'Counts the changes of the settings, from 1' }),
    settings: z.strictObject({
      weight: z.number(),
      concurrency: orQuota(z.int()).meta({ description: 'Jobs at once; 0: unlimited' }),
      ratePerSecond: orQuota(z.number()).meta({ description: 'Starts a second; 0: unlimited' }),
      burst: orQuota(z.int()).meta({ description: 'Starts at once after a rest' }),
      maxBacklog: z.int(),
      paused: z.boolean(),
      draining: z.boolean().meta({ description: 'It takes no new jobs, and finishes those that it has' }),
      highQuotaEnabled: z
        .boolean()
        .meta({ description: 'Whether the controller may promote it to the higher quota' }),
      fairness: z.enum(['starts', 'runtime']).meta({
        description: 'What is shared in proportion to the weights: starts, or the time that jobs run',
      }),
      updatedAt: time,
    }),
    quota: z.int().meta({ description: 'Its place on the ladder: what settings of `quota` stand for' }),
    limits: z
      .strictObject({ concurrency: z.int(), ratePerSecond: z.number(), burst: z.int() })
      .meta({ description: 'The numbers that hold for it now, with its quota put in; 0: unlimited' }),
    state: z
      .enum(['idle', 'ready', 'parked', 'running', 'quarantined', 'draining', 'drained'])
      .meta({ description: 'drained: it takes no new jobs and has none left' }),
    waitingReason: z
      .enum(WAITING_REASONS)
      .optional()
      .meta({ description: 'Why its waiting jobs do not run; absent when none waits' }),
    pressure: pressure
      .nullable()
      .meta({ description: 'What its producers are asked or told, by it or the cluster; null: nothing' }),
    counts: z.strictObject({ waiting: z.int(), active: z.int(), delayed: z.int(), dead: z.int() }).meta({
      description: 'What Redis has now. Jobs that are accepted and not in Redis yet are not among them',
    }),
    oldestRunnableAgeMs: z
      .int()
      .nullable()
      .meta({ description: 'For how long its next job in line could have run; null when there is none' }),
    service: z
      .strictObject({
        starts: z.int().meta({ description: 'Jobs started in the last window' }),
        windowMs: z.int().meta({ description: 'Length of that window; 0 when nothing was started lately' }),
        share: z.number().nullable().meta({ description: 'Part of all starts; null when there were none' }),
        fairShare: z
          .number()
          .nullable()
          .meta({ description: 'The part that its weight entitles it to while it has work' }),
        lag: z.number().meta({
          description:
            'How far it is behind its fair share, in starts of a workspace of weight 1. Negative: it was served ahead, and others come first',
        }),
      })
      .meta({ description: 'How it was served in the last seconds' }),
  })
  .meta({ id: 'Workspace' });
export type WorkspaceAnswer = z.input<typeof workspace>;

const params = { workspace: workspaceName };
const theWorkspace = { 200: { description: 'The workspace.', schema: workspace } } as const;
const REDIS_AWAY = ['REDIS_UNAVAILABLE', 'REDIS_REFUSED'] as const;
const ABSENT = [NO_WORKSPACE.code] as const;

export const listWorkspaces = defineOperation({
  id: 'listWorkspaces',
  method: 'GET',
  path: '/v1/workspaces',
  tag: 'Workspaces',
  summary: 'List workspaces',
  description: 'In the order of their names.',
  access: { scope: 'read', tenants: 'no' },
  query: pageQuery,
  answers: {
    200: {
      description: 'A page of workspaces.',
      schema: z.strictObject({ workspaces: z.array(workspace), nextCursor }),
    },
  },
  problems: REDIS_AWAY,
});

export const getWorkspace = defineOperation({
  id: 'getWorkspace',
  method: 'GET',
  path: '/v1/workspaces/{workspace}',
  tag: 'Workspaces',
  summary: 'Look at a workspace',
  access: { scope: 'read', tenants: 'own', absent: NO_WORKSPACE },
  params,
  answers: theWorkspace,
  problems: REDIS_AWAY,
});

export const updateWorkspace = defineOperation({
  id: 'updateWorkspace',
  method: 'PATCH',
  path: '/v1/workspaces/{workspace}',
  tag: 'Workspaces',
  summary: 'Change the settings of a workspace',
  description:
    'It holds for the backlog too, from the next claim on. The workspace is created when it is new and no version was given.',
  access: { scope: 'operate', tenants: 'no' },
  params,
  body: { schema: settingsBody },
  answers: {
    ...theWorkspace,
    201: {
      description: 'The new workspace.',
      headers: { location: 'Where the workspace can be looked at.' },
      schema: workspace,
    },
  },
  problems: [...ABSENT, 'VERSION_CONFLICT', ...REDIS_AWAY],
});

export const backfillHighQuota = defineOperation({
  id: 'backfillHighQuota',
  method: 'POST',
  path: '/v1/workspaces:backfill-high-quota',
  tag: 'Workspaces',
  summary: 'Make existing workspaces eligible for the higher quota',
  description:
    'Sets `highQuotaEnabled` in all that exist, a page of them at a time: ask again with the cursor until it is null. The controller promotes none of them for it, but may from its next tick on.',
  access: { scope: 'operate', tenants: 'no' },
  body: {
    schema: z.strictObject({
      dryRun: z.boolean().default(false).meta({ description: 'Change nothing, and count what would be' }),
      cursor: z.string().refine(isWorkspaceSlug, 'is not a cursor of an earlier page').optional(),
      limit: z.int().min(1).max(10_000).default(2_000).meta({ description: 'Workspaces to look at' }),
    }),
  },
  answers: {
    200: {
      description: 'What was done.',
      schema: z.strictObject({
        rowsUpdated: z.int().meta({ description: 'Of this page: changed, or, in a dry run, to be changed' }),
        enabled: z.int().meta({ description: 'Of all workspaces, those that are eligible now' }),
        total: z.int().meta({ description: 'All workspaces' }),
        nextCursor,
      }),
    },
  },
  problems: [],
});

export const pauseWorkspace = defineOperation({
  id: 'pauseWorkspace',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/pause',
  tag: 'Workspaces',
  summary: 'Pause a workspace',
  description: 'No job of it is started; jobs are accepted all the same.',
  access: { scope: 'operate', tenants: 'no' },
  params,
  answers: theWorkspace,
  problems: [...ABSENT, ...REDIS_AWAY],
});

export const drainWorkspace = defineOperation({
  id: 'drainWorkspace',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/drain',
  tag: 'Workspaces',
  summary: 'Drain a workspace',
  description:
    'New jobs are refused, at every dispatcher within a second; those that it has are finished. Its schedules do not fire. Its state is `draining`, then `drained`; resume ends it.',
  access: { scope: 'operate', tenants: 'no' },
  params,
  answers: theWorkspace,
  problems: [...ABSENT, ...REDIS_AWAY],
});

export const resumeWorkspace = defineOperation({
  id: 'resumeWorkspace',
  method: 'POST',
  path: '/v1/workspaces/{workspace}/resume',
  tag: 'Workspaces',
  summary: 'Resume a workspace',
  description: 'It ends a pause and a drain.',
  access: { scope: 'operate', tenants: 'no' },
  params,
  answers: theWorkspace,
  problems: [...ABSENT, ...REDIS_AWAY],
});
