import { FairleadError } from '@fairlead/core';
import { methods, ProblemError, parseBody, requireShape } from '@fairlead/http';
import type { SettingsChange, UpdateOutcome, WorkspaceRecord } from '@fairlead/ledger';
import type { WorkspaceCounts } from '@fairlead/scheduler';
import type { Router } from 'express';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import type { SettingsSync } from '../settings-sync.ts';
import { pageQuery, requireSlug, settingsBody, toChange } from '../workspace-input.ts';
import { presentWorkspace } from '../workspace-output.ts';

export interface WorkspaceRoutesParts {
  readonly ledger: {
    ensure(slugs: readonly string[]): Promise<readonly WorkspaceRecord[]>;
    get(slug: string): Promise<WorkspaceRecord | undefined>;
    list(options: { after?: string; limit: number }): Promise<readonly WorkspaceRecord[]>;
    update(slug: string, change: SettingsChange, expectedVersion?: number): Promise<UpdateOutcome>;
  };
  readonly scheduler: { counts(workspaces: readonly string[]): Promise<readonly WorkspaceCounts[]> };
  readonly sync: Pick<SettingsSync, 'push'>;
  readonly known: Pick<KnownWorkspaces, 'learn'>;
}

/**
 * Workspaces: looking at them, and changing their settings. One comes into being with its first job or
 * with the first change of its settings, whichever is first.
 */
export function workspaceRoutes(router: Router, parts: WorkspaceRoutesParts): void {
  const { ledger } = parts;
  const readSettings = parseBody(settingsBody);

  methods(router, '/v1/workspaces', {
    GET: async (req, res) => {
      const { limit, cursor } = requireShape(pageQuery, { ...req.query });
      // One more than asked for tells whether there is a next page.
      const records = await ledger.list({
        limit: limit + 1,
        ...(cursor === undefined ? {} : { after: cursor }),
      });
      const page = records.slice(0, limit);
      const nextCursor = records.length > limit ? page.at(-1)?.slug : undefined;
      res.json({ workspaces: await present(parts, page), nextCursor: nextCursor ?? null });
    },
  });

  methods(router, '/v1/workspaces/:workspace', {
    GET: async (req, res) => {
      const slug = requireSlug(req.params['workspace']);
      const record = await ledger.get(slug);
      if (record === undefined) throw absent();
      res.json((await present(parts, [record]))[0]);
    },
    PATCH: async (req, res) => {
      const slug = requireSlug(req.params['workspace']);
      const body = await readSettings(req);
      const { record, created } = await change(parts, slug, toChange(body), body.version);
      await takeEffect(parts, record);
      if (created) res.status(201).location(`/v1/workspaces/${slug}`);
      res.json((await present(parts, [record]))[0]);
    },
  });

  for (const [verb, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    methods(router, `/v1/workspaces/:workspace/${verb}`, {
      POST: async (req, res) => {
        const slug = requireSlug(req.params['workspace']);
        const answer = await ledger.update(slug, { paused });
        if (answer.outcome !== 'updated') throw absent();
        await takeEffect(parts, answer.record);
        res.json((await present(parts, [answer.record]))[0]);
      },
    });
  }
}

/** Writes the change, into a new workspace when there is none and no version of one was expected. */
async function change(
  { ledger }: WorkspaceRoutesParts,
  slug: string,
  settings: SettingsChange,
  version: number | undefined,
): Promise<{ record: WorkspaceRecord; created: boolean }> {
  let answer = await ledger.update(slug, settings, version);
  const created = answer.outcome === 'not_found' && version === undefined;
  if (created) {
    await ledger.ensure([slug]);
    answer = await ledger.update(slug, settings);
  }
  if (answer.outcome === 'not_found') throw absent();
  if (answer.outcome === 'conflict') {
    throw new ProblemError('VERSION_CONFLICT', `The settings are at version ${answer.version} by now.`, {
      fix: 'Read the workspace, and make the change from that version.',
    });
  }
  return { record: answer.record, created };
}

/** Tells this process and the scheduler; from then on the next claim goes by it. */
async function takeEffect({ sync, known }: WorkspaceRoutesParts, record: WorkspaceRecord): Promise<void> {
  known.learn(record);
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
  { scheduler }: WorkspaceRoutesParts,
  records: readonly WorkspaceRecord[],
): Promise<Record<string, unknown>[]> {
  if (records.length === 0) return [];
  const counts = await scheduler.counts(records.map(({ slug }) => slug));
  return records.map((record, index) => presentWorkspace(record, counts[index] as WorkspaceCounts));
}

function absent(): ProblemError {
  return new ProblemError('WORKSPACE_NOT_FOUND', 'There is no workspace of this name.', {
    fix: 'A workspace begins with its first job, or with PATCH.',
  });
}
