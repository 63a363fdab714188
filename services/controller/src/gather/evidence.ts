/** The last few jobs of each workspace that something was the matter with: spans of decisions link to theirs. */
import type { Evidence } from '@fairlead/scheduler';

export interface EvidenceBook {
  add(evidence: readonly Evidence[]): void;
  /** Trace parents of one workspace, the last first. */
  of(workspace: string): readonly string[];
  /** Of all workspaces. */
  ofAll(): readonly string[];
}

const MAX_KEPT = 8;
const MAX_WORKSPACES = 5_000;

export function createEvidenceBook(): EvidenceBook {
  const byWorkspace = new Map<string, readonly string[]>();
  let last: readonly string[] = [];
  const withFirst = (first: string, kept: readonly string[]) =>
    [first, ...kept.filter((other) => other !== first)].slice(0, MAX_KEPT);
  return {
    add(evidence) {
      for (const { workspace, traceparent } of evidence) {
        const kept = byWorkspace.get(workspace) ?? [];
        // Those that were added longest ago are first in a Map.
        byWorkspace.delete(workspace);
        byWorkspace.set(workspace, withFirst(traceparent, kept));
        last = withFirst(traceparent, last);
      }
      for (const workspace of byWorkspace.keys()) {
        if (byWorkspace.size <= MAX_WORKSPACES) break;
        byWorkspace.delete(workspace);
      }
    },
    of: (workspace) => byWorkspace.get(workspace) ?? [],
    ofAll: () => last,
  };
}
