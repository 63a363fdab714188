import { DEFAULT_POLICY, type DecisionRecord, SCENARIOS, simulate } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { sha256 } from '../policies.ts';
import { createEvidenceBook, evidenceFor } from './evidence.ts';

const NOW_MS = 10_000_000;
const dead = (workspace: string, traceparent: string) => ({ workspace, what: 'dead', traceparent }) as const;

function recordsOf(scenario: string): readonly DecisionRecord[] {
  const known = SCENARIOS[scenario];
  if (known === undefined) throw new Error('There is no such scenario.');
  return simulate(known, DEFAULT_POLICY, 1, sha256).log.records;
}

function recordOf(scenario: string, isIt: (record: DecisionRecord) => boolean): DecisionRecord {
  const found = recordsOf(scenario).find(isIt);
  if (found === undefined) throw new Error('The scenario has no such decision.');
  return found;
}

test('the last jobs of a workspace are kept, each once, the last first', () => {
  const book = createEvidenceBook();
  for (let job = 0; job < 20; job++) book.add(NOW_MS + job, [dead('acme', `t-${job}`), dead('beta', 'b')]);
  expect(book.of('acme', 0)).toEqual([19, 18, 17, 16, 15, 14, 13, 12].map((job) => `t-${job}`));
  expect(book.of('acme', NOW_MS + 17)).toEqual(['t-19', 't-18', 't-17']);
  expect(book.of('beta', 0)).toEqual(['b']);
  expect(book.ofAll(NOW_MS + 19)).toEqual(['b', 't-19']);
});

test('a demotion links to dead jobs of its own workspace in the window that it judged, and of no other', () => {
  const demoted = recordOf('demotion', ({ reasonCode }) => reasonCode === 'demotion_gate_closed');
  const start = demoted.window?.start as number;
  const book = createEvidenceBook();
  book.add(start - 1, [dead(demoted.subject.id, 'before')]);
  book.add(start, [dead(demoted.subject.id, 'in it'), dead('neighbour', 'of another')]);
  expect(evidenceFor(demoted, book, 0)).toEqual(['in it']);
});

test('a step down for contention links to the last jobs of the cluster, one for lack of demand to none', () => {
  const book = createEvidenceBook();
  book.add(NOW_MS, [dead('acme', 'a')]);
  const stepped = recordOf('guardrail-breach', ({ reasonCode }) => reasonCode === 'guardrail_step_down');
  const contended: DecisionRecord = {
    ...stepped,
    guardrail: { contention: 'breach', failureRate: 'ok', duplicates: 'ok' },
  };
  expect(evidenceFor(contended, book, NOW_MS)).toEqual(['a']);
  expect(evidenceFor(contended, book, NOW_MS + 1)).toEqual([]);
  const quiet = recordOf('demand-drop', ({ reasonCode }) => reasonCode === 'demand_step_down');
  expect(evidenceFor(quiet, book, 0)).toEqual([]);
});

test('the stop of a rollout links to jobs of those that had the change', () => {
  const stopped = recordOf('bad-rollout', ({ reasonCode }) => reasonCode.startsWith('stop_'));
  const book = createEvidenceBook();
  const names = Array.from({ length: 200 }, (_, index) => `ws-${index}`);
  book.add(
    stopped.evaluatedAt,
    names.map((name) => dead(name, name)),
  );
  const linked = evidenceFor({ ...stopped, from: 500 } as DecisionRecord, book, 0);
  expect(linked.length).toBeGreaterThan(0);
  expect(evidenceFor({ ...stopped, from: 10_000 } as DecisionRecord, book, 0)).toHaveLength(8);
  expect(evidenceFor({ ...stopped, from: 0 } as DecisionRecord, book, 0)).toEqual([]);
});
