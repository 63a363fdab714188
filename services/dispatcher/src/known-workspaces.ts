/**
 * The workspaces that this dispatcher knows to be in the ledger and in the scheduler, so that adding a job
 * asks Postgres nothing. A name that is not known is created, together with all others that are asked for
 * at the same time; one that is known is looked at again in the background when it has got old, and goes on
 * to be served while Postgres is away.
 */
import type { WorkspaceRecord } from '@fairlead/ledger';
import type { SettingsSync } from './settings-sync.ts';

export interface KnownWorkspace {
  maxBacklog: number;
  /** It takes no new jobs. */
  draining: boolean;
  /** Jobs that wait, as far as this dispatcher knows; see backlog.ts. */
  backlog: number;
}

export interface KnownWorkspaces {
  /** All of them, created where they were missing. Rejects when the ledger or the scheduler is away. */
  require(slugs: readonly string[]): Promise<Map<string, KnownWorkspace>>;
  /** Takes over what was just read or changed. */
  learn(record: WorkspaceRecord): void;
  /** These and no others are draining. */
  learnDraining(slugs: ReadonlySet<string>): void;
}

export interface KnownWorkspacesOptions {
  readonly ledger: { ensure(slugs: readonly string[]): Promise<readonly WorkspaceRecord[]> };
  readonly sync: Pick<SettingsSync, 'push'>;
  /** Milliseconds, of any clock that runs evenly. */
  readonly now: () => number;
  readonly capacity?: number;
  readonly freshMs?: number;
}

interface Entry extends KnownWorkspace {
  freshUntilMs: number;
}

/** Some 150 bytes each. */
const CAPACITY = 50_000;
/** How late a new maxBacklog, set through another dispatcher, may be noticed here. */
const FRESH_MS = 30_000;
const CHUNK = 1_000;

export function createKnownWorkspaces(options: KnownWorkspacesOptions): KnownWorkspaces {
  const { ledger, sync, now, capacity = CAPACITY, freshMs = FRESH_MS } = options;
  /** Least recently used first. */
  const entries = new Map<string, Entry>();
  let gathered: { readonly slugs: Set<string>; readonly found: Promise<Map<string, Entry>> } | undefined;

  function store({ slug, settings: { maxBacklog, draining } }: WorkspaceRecord): Entry {
    const entry = entries.get(slug) ?? { maxBacklog, draining, backlog: 0, freshUntilMs: 0 };
    entry.maxBacklog = maxBacklog;
    entry.draining = draining;
    entry.freshUntilMs = now() + freshMs;
    entries.delete(slug);
    entries.set(slug, entry);
    if (entries.size > capacity) {
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    }
    return entry;
  }

  async function lookUp(slugs: readonly string[]): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>();
    for (let from = 0; from < slugs.length; from += CHUNK) {
      const records = await ledger.ensure(slugs.slice(from, from + CHUNK));
      await sync.push(records);
      for (const record of records) found.set(record.slug, store(record));
    }
    return found;
  }

  /** Joins the look-up that starts in this turn of the event loop. */
  function gather(slugs: readonly string[]): Promise<Map<string, Entry>> {
    if (!gathered) {
      const joining = new Set<string>();
      const found = new Promise<Map<string, Entry>>((resolve, reject) => {
        setImmediate(() => {
          gathered = undefined;
          lookUp([...joining]).then(resolve, reject);
        });
      });
      gathered = { slugs: joining, found };
    }
    for (const slug of slugs) gathered.slugs.add(slug);
    return gathered.found;
  }

  function refresh(slugs: readonly string[]): void {
    // Not asked for again by every job while Postgres is away.
    for (const slug of slugs) (entries.get(slug) as Entry).freshUntilMs = now() + freshMs;
    gather(slugs).catch(() => {});
  }

  return {
    async require(slugs) {
      const known = new Map<string, Entry>();
      for (const slug of slugs) {
        const entry = entries.get(slug);
        if (!entry) continue;
        known.set(slug, entry);
        entries.delete(slug);
        entries.set(slug, entry);
      }
      const old = [...known].filter(([, entry]) => entry.freshUntilMs <= now()).map(([slug]) => slug);
      if (old.length > 0) refresh(old);
      const missing = slugs.filter((slug) => !known.has(slug));
      if (missing.length > 0) {
        const found = await gather(missing);
        for (const slug of missing) known.set(slug, found.get(slug) as Entry);
      }
      return known;
    },
    learn: (record) => void store(record),
    learnDraining(slugs) {
      for (const [slug, entry] of entries) entry.draining = slugs.has(slug);
    },
  };
}
