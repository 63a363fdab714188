/** Decisions that the controller has, as opposed to those of a file. */
import { Option } from '@commander-js/extra-typings';
import type { ControllerInput, ControllerSchemas } from '@fairlead/client';
import {
  AUTOSCALE_REASONS,
  BACKPRESSURE_REASONS,
  KINDS,
  type Kind,
  PROMOTION_REASONS,
  ROLLOUT_REASONS,
} from '@fairlead/core';
import { InvalidArgumentError } from 'commander';
import { parseSince } from '../../input/since.ts';
import type { Screen } from '../../output/screen.ts';
import type { Column } from '../../output/table.ts';
import { styleOf } from './decision-columns.ts';

export type StoredDecision = ControllerSchemas['Decision'];
export type Subject = ControllerInput<'verifyDecisions'>['body'];

export const kindOption = () => new Option('--kind <kind>', 'only decisions of this kind').choices(KINDS);
const REASONS: Readonly<Record<Kind, readonly string[]>> = {
  autoscale: AUTOSCALE_REASONS,
  promotion: PROMOTION_REASONS,
  backpressure: BACKPRESSURE_REASONS,
  rollout: ROLLOUT_REASONS,
};

/** A code that was mistyped would look like a quiet night. */
export const reasonCodeOption = () =>
  new Option('--reason <code>', 'only decisions with this reason code').argParser((code) => {
    if (Object.values(REASONS).some((codes) => codes.includes(code))) return code;
    const all = KINDS.map((kind) => `  ${kind}: ${REASONS[kind].join(', ')}`).join('\n');
    throw new InvalidArgumentError(`There are:\n${all}`);
  });
export const subjectOption = () =>
  new Option('--subject <id>', 'only decisions about this workspace or rollout, or "cluster"');
export const changesOption = () =>
  new Option('--changes', 'only what raised or lowered something').default(undefined);
export const sinceOption = () =>
  new Option('--since <when>', 'decided since then: a time, or how long ago, like 2h').argParser(parseSince);

export interface Selection {
  readonly kind?: Kind | undefined;
  readonly reason?: string | undefined;
  readonly subject?: string | undefined;
  readonly changes?: true | undefined;
  readonly since?: ((nowMs: number) => number) | undefined;
}

/** The options of a selection as the API takes them. */
export function queryOf({ kind, reason, subject, changes, since }: Selection, nowMs: number) {
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(reason === undefined ? {} : { reason }),
    ...(subject === undefined ? {} : { subject }),
    ...(changes === undefined ? {} : { changes: 'true' as const }),
    ...(since === undefined ? {} : { since: new Date(since(nowMs)).toISOString() }),
  };
}

/**
 * A decision a line, and why. The kind and the subject are in the id; a program gets them apart too. Whoever follows them
 * sees columns that stand still: most decisions fit, and a workspace whose name has 63 characters moves its own line.
 */
export function storedColumns({ live }: Pick<Screen, 'live'>): Column<StoredDecision>[] {
  const parts: Column<StoredDecision>[] = [
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'SUBJECT', text: ({ subject }) => subject.id },
  ];
  return [
    { title: 'TIME', text: ({ at }) => (live ? `${at.slice(0, 19).replace('T', ' ')}Z` : at) },
    { title: 'ID', text: ({ id }) => id, least: 20, most: 40 },
    ...(live ? [] : parts),
    { title: 'ACTION', text: ({ action }) => action, style: ({ action }) => styleOf(action) },
    { title: 'FROM', text: ({ kind, from }) => amount(kind, from, live), align: 'right', least: 5 },
    { title: 'TO', text: ({ kind, to }) => amount(kind, to, live), align: 'right', least: 5 },
    { title: 'REASON', text: ({ reasonCode }) => reasonCode, least: 19, most: 24 },
    { title: 'WHY', text: ({ words }) => words, shrinks: true },
  ];
}

/** What was changed from or to; a rollout's share is in basis points. */
function amount(kind: Kind, value: number, live: boolean): string {
  return live && kind === 'rollout' ? `${value / 100}%` : String(value);
}

/** `promotion:acme`, `rollout:fair-time`, `backpressure:acme`, or of the cluster `autoscale` and `backpressure`. */
export function subjectFrom(text: string): Subject | undefined {
  const [, kind, id] = /^([a-z]+)(?::(.+))?$/.exec(text) ?? [];
  const known = KINDS.find((one) => one === kind);
  if (known === undefined || (known === 'autoscale' && id !== undefined)) return undefined;
  if (id === undefined) {
    const ofCluster = known === 'autoscale' || known === 'backpressure';
    return ofCluster ? { kind: known, subject: { type: 'cluster', id: 'cluster' } } : undefined;
  }
  return { kind: known, subject: { type: known === 'rollout' ? 'rollout' : 'workspace', id } };
}
