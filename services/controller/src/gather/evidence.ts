/** The last few jobs of each workspace that something was the matter with: spans of decisions link to theirs. */
import { type DecisionRecord, isInCohort } from '@fairlead/core';
import type { Evidence } from '@fairlead/scheduler';

export interface EvidenceBook {
  add(atMs: number, evidence: readonly Evidence[]): void;
  /** Trace parents of one workspace since then, the last first. */
  of(workspace: string, sinceMs: number): readonly string[];
  /** Of all workspaces, or of those that are chosen. */
  ofAll(sinceMs: number, isChosen?: (workspace: string) => boolean): readonly string[];
}

interface Kept {
  readonly atMs: number;
  readonly traceparent: string;
}

const MAX_KEPT = 8;
const MAX_WORKSPACES = 5_000;

export function createEvidenceBook(): EvidenceBook {
  const byWorkspace = new Map<string, readonly Kept[]>();
  const textsOf = (kept: readonly Kept[], sinceMs: number) =>
    kept.flatMap(({ atMs, traceparent }) => (atMs >= sinceMs ? traceparent : []));
  return {
    add(atMs, evidence) {
      for (const { workspace, traceparent } of evidence) {
        const kept = byWorkspace.get(workspace) ?? [];
        const others = kept.filter((other) => other.traceparent !== traceparent);
        // Those that were added longest ago are first in a Map.
        byWorkspace.delete(workspace);
        byWorkspace.set(workspace, [{ atMs, traceparent }, ...others].slice(0, MAX_KEPT));
      }
      for (const workspace of byWorkspace.keys()) {
        if (byWorkspace.size <= MAX_WORKSPACES) break;
        byWorkspace.delete(workspace);
      }
    },
    of: (workspace, sinceMs) => textsOf(byWorkspace.get(workspace) ?? [], sinceMs),
    ofAll(sinceMs, isChosen = () => true) {
      const found: string[] = [];
      for (const workspace of [...byWorkspace.keys()].reverse()) {
        if (!isChosen(workspace)) continue;
        found.push(...textsOf(byWorkspace.get(workspace) ?? [], sinceMs));
        if (found.length >= MAX_KEPT) break;
      }
      return found.slice(0, MAX_KEPT);
    },
  };
}

/**
 * Jobs by which one can look at what a decision was taken for: of the time that it judged, and of nobody else than whom
 * it is about. None when nothing was in breach.
 *
 * @param recentFromMs since when jobs are looked at by a decision that judges no window
 */
export function evidenceFor(
  record: DecisionRecord,
  book: EvidenceBook,
  recentFromMs: number,
): readonly string[] {
  if (!isOfBreach(record)) return [];
  const { subject, window, from } = record;
  const sinceMs = window?.start ?? recentFromMs;
  if (subject.type === 'workspace') return book.of(subject.id, sinceMs);
  if (subject.type === 'cluster') return book.ofAll(sinceMs);
  return book.ofAll(sinceMs, (workspace) => isInCohort(subject.id, workspace, from));
}

function isOfBreach({ kind, guardrail, reasonCode }: DecisionRecord): boolean {
  return (
    Object.values(guardrail).includes('breach') ||
    (kind === 'rollout' && reasonCode.startsWith('stop_')) ||
    reasonCode === 'queue_age_over_target'
  );
}
