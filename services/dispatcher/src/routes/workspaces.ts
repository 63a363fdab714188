import { FairleadError } from '@fairlead/core';
import { type Handled, handle, type Principal, ProblemError, problemError } from '@fairlead/http';
import type { Jobs, SettingsAuthor, SettingsChange, WorkspaceRecord, Workspaces } from '@fairlead/ledger';
import type { WorkspaceCounts } from '@fairlead/scheduler';
import type { Admission } from '../admission.ts';
import { NO_WORKSPACE } from '../api/absent.ts';
import {
  backfillHighQuota,
  drainWorkspace,
  getWorkspace,
  listWorkspaces,
  pauseWorkspace,
  resumeWorkspace,
  updateWorkspace,
  type WorkspaceAnswer,
} from '../api/workspaces.ts';
import type { DrainWatch } from '../draining.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import type { SettingsSync } from '../settings-sync.ts';
import { toChange } from '../workspace-input.ts';
import { presentWorkspace } from '../workspace-output.ts';

export interface WorkspaceRoutesParts {
  readonly ledger: Pick<Workspaces, 'ensure' | 'get' | 'list' | 'update' | 'backfillHighQuota'>;
  readonly scheduler: { counts(workspaces: readonly string[]): Promise<readonly WorkspaceCounts[]> };
  readonly sync: Pick<SettingsSync, 'push'>;
  readonly known: Pick<KnownWorkspaces, 'learn'>;
  readonly drains: Pick<DrainWatch, 'changed'>;
  readonly admission: Pick<Admission, 'pressureOn'>;
  /** Absent when the ledger is off: all jobs are in Redis then. */
  readonly jobs?: Pick<Jobs, 'unfinishedIn'> | undefined;
}

/**
 * Workspaces: looking at them, and changing their settings. One comes into being with its first job or
 * with the first change of its settings, whichever is first.
 */
export function workspaceRoutes(parts: WorkspaceRoutesParts): Handled[] {
  const { ledger } = parts;

  async function set(slug: string, verb: keyof typeof VERBS, { actor }: Principal) {
    const by = { actor, action: `workspace.${verb}` } as const;
    const answer = await ledger.update(slug, VERBS[verb], undefined, by);
    if (answer.outcome !== 'updated') throw problemError(NO_WORKSPACE);
    await takeEffect(parts, answer.record);
    return { status: 200, body: await presentOne(parts, answer.record) } as const;
  }

  return [
    handle(listWorkspaces).by(async ({ query: { limit, cursor } }) => {
      // One more than asked for tells whether there is a next page.
      const records = await ledger.list({
        limit: limit + 1,
        ...(cursor === undefined ? {} : { after: cursor }),
      });
      const page = records.slice(0, limit);
      const nextCursor = records.length > limit ? page.at(-1)?.slug : undefined;
      const body = { workspaces: await present(parts, page), nextCursor: nextCursor ?? null };
      return { status: 200, body };
    }),
    handle(getWorkspace).by(async ({ params }) => {
      const record = await ledger.get(params.workspace);
      if (record === undefined) throw problemError(NO_WORKSPACE);
      return { status: 200, body: await presentOne(parts, record) };
    }),
    handle(updateWorkspace).by(async ({ params: { workspace }, body: wanted, principal: { actor } }) => {
      const { record, created } = await change(parts, workspace, toChange(wanted), wanted.version, {
        actor,
        action: 'workspace.update',
      });
      await takeEffect(parts, record);
      const body = await presentOne(parts, record);
      if (!created) return { status: 200, body };
      return { status: 201, headers: { location: `/v1/workspaces/${workspace}` }, body };
    }),
    handle(pauseWorkspace).by(({ params, principal }) => set(params.workspace, 'pause', principal)),
    handle(drainWorkspace).by(({ params, principal }) => set(params.workspace, 'drain', principal)),
    handle(resumeWorkspace).by(({ params, principal }) => set(params.workspace, 'resume', principal)),
    handle(backfillHighQuota).by(async ({ body: { dryRun, cursor, limit }, principal: { actor } }) => {
      const { next, ...done } = await ledger.backfillHighQuota({ after: cursor, limit, dryRun }, { actor });
      return { status: 200, body: { ...done, nextCursor: next ?? null } };
    }),
  ];
}

const VERBS = {
  pause: { paused: true },
  drain: { draining: true },
  resume: { paused: false, draining: false },
} as const;

/** Writes the change, into a new workspace when there is none and no version of one was expected. */
async function change(
  { ledger }: WorkspaceRoutesParts,
  slug: string,
  settings: SettingsChange,
  version: number | undefined,
  by: SettingsAuthor,
): Promise<{ record: WorkspaceRecord; created: boolean }> {
  let answer = await ledger.update(slug, settings, version, by);
  const created = answer.outcome === 'not_found' && version === undefined;
  if (created) {
    await ledger.ensure([slug]);
    answer = await ledger.update(slug, settings, undefined, by);
  }
  if (answer.outcome === 'not_found') throw problemError(NO_WORKSPACE);
  if (answer.outcome === 'conflict') {
    throw new ProblemError('VERSION_CONFLICT', `The settings are at version ${answer.version} by now.`, {
      fix: 'Read the workspace, and make the change from that version.',
    });
  }
  return { record: answer.record, created };
}

/** Tells this process and the scheduler; from then on the next claim goes by it. */
async function takeEffect(
  { sync, known, drains }: WorkspaceRoutesParts,
  record: WorkspaceRecord,
): Promise<void> {
  known.learn(record);
  drains.changed();
  try {
    await sync.push([record]);
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    throw new ProblemError(
      error.code,
      `The change is stored, and takes effect as soon as ${error.code === 'LEDGER_UNAVAILABLE' ? 'Postgres' : 'Redis'} answers again.`,
      {
        fix: 'Nothing has to be sent again.',
        cause: error,
      },
    );
  }
}

async function present(
  { scheduler, jobs, admission }: WorkspaceRoutesParts,
  records: readonly WorkspaceRecord[],
): Promise<WorkspaceAnswer[]> {
  if (records.length === 0) return [];
  const draining = records.filter(({ settings }) => settings.draining).map(({ slug }) => slug);
  const [counts, unfinished] = await Promise.all([
    scheduler.counts(records.map(({ slug }) => slug)),
    draining.length === 0 ? undefined : jobs?.unfinishedIn(draining),
  ]);
  return records.map((record, index) =>
    presentWorkspace(
      record,
      counts[index] as WorkspaceCounts,
      unfinished?.has(record.slug) ?? false,
      admission.pressureOn(record.slug),
    ),
  );
}

async function presentOne(parts: WorkspaceRoutesParts, record: WorkspaceRecord): Promise<WorkspaceAnswer> {
  return (await present(parts, [record]))[0] as WorkspaceAnswer;
}
