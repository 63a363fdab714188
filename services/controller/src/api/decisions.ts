import { defineOperation, nextCursor, pageLimit } from '@fairlead/http';
import { z } from 'zod';
import { decision, subject } from './decision-fields.ts';
import { kind } from './fields.ts';

const instant = z.iso.datetime({ offset: true });
const position = z.coerce.number({ error: 'is no position' }).pipe(z.int().min(0));

const selection = z
  .strictObject({
    kind: kind.optional(),
    subject: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'A workspace, a rollout, or `cluster`' }),
    reason: z.string().min(1).max(100).optional().meta({ description: 'A reason code' }),
    changes: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: '`true`: only what raised or lowered something' }),
    since: instant.optional().meta({ description: 'Decided then or later' }),
    until: instant.optional().meta({ description: 'Decided before then' }),
    cursor: position.optional().meta({ description: 'Of an earlier page' }),
    after: position.optional().meta({
      description:
        'The position of the last decision that is known: the oldest first after it. Who goes on so misses none',
    }),
    limit: pageLimit(500, 100),
  })
  .refine(({ cursor, after }) => cursor === undefined || after === undefined, {
    error: 'does not go with after',
    path: ['cursor'],
  });

export const listDecisions = defineOperation({
  id: 'listDecisions',
  method: 'GET',
  path: '/v1/decisions',
  tag: 'Decisions',
  summary: 'List decisions',
  description:
    'The newest first; with `after` the oldest first. A hold that only repeats the one before is counted in its `stoodTicks` and not recorded.',
  access: { scope: 'read', tenants: 'no' },
  query: selection,
  answers: {
    200: {
      description: 'A page of decisions.',
      schema: z.strictObject({
        decisions: z.array(decision),
        damaged: z.int().meta({
          description:
            'Rows among these that somebody changed so that they are no records any more: `verifyDecisions` finds them',
        }),
        nextCursor,
      }),
    },
  },
  problems: [],
});

const id = z
  .string()
  .max(200)
  .meta({ description: 'Id of a decision', examples: ['promotion:acme:12'] });

const record = z.looseObject({ hash: z.string() }).meta({
  id: 'DecisionRecord',
  description: 'As it was sealed: what `fairlead decisions verify` takes again',
});

export const getDecision = defineOperation({
  id: 'getDecision',
  method: 'GET',
  path: '/v1/decisions/{id}',
  tag: 'Decisions',
  summary: 'Look at a decision',
  access: { scope: 'read', tenants: 'no' },
  params: { id },
  answers: {
    200: { description: 'The decision, and its record.', schema: z.strictObject({ decision, record }) },
  },
  problems: ['DECISION_NOT_FOUND', 'DECISION_BROKEN'],
});

const counterfactual = z
  .strictObject({
    signal: z.string(),
    from: z.int(),
    value: z.int(),
    reasonCode: z.string().meta({ description: 'What would have been decided' }),
    to: z.int(),
    words: z
      .string()
      .meta({ examples: ['0.3 points fewer failures (2 dead jobs) would have promoted: 64 → 100.'] }),
  })
  .meta({ id: 'Counterfactual' });

export const explainDecision = defineOperation({
  id: 'explainDecision',
  method: 'GET',
  path: '/v1/decisions/{id}/explain',
  tag: 'Decisions',
  summary: 'Ask why, and what would have changed it',
  description: 'The decision is taken again first: one that does not hold is not explained.',
  access: { scope: 'read', tenants: 'no' },
  params: { id },
  answers: {
    200: {
      description: 'Why.',
      schema: z.strictObject({
        words: z.string(),
        counterfactual: counterfactual.nullable().meta({
          description:
            'The smallest change of one signal that would have changed it; null: none alone, short of a duplicate send, or it was decided by another version of the engine',
        }),
        evidence: z
          .array(z.string())
          .meta({ description: 'Trace contexts (`traceparent`) of jobs that a breach stands on' }),
        decision,
        record,
      }),
    },
  },
  problems: ['DECISION_NOT_FOUND', 'DECISION_BROKEN'],
});

const found = {
  ok: z.boolean(),
  recomputed: z.int(),
  otherVersion: z.int().meta({ description: 'Of another engine: only their chain was checked' }),
  subjects: z.int(),
  differences: z.array(z.strictObject({ id: z.string(), code: z.string(), words: z.string() })),
};

const subjectCursor = z.string().max(300);

export const verifyDecisions = defineOperation({
  id: 'verifyDecisions',
  method: 'POST',
  path: '/v1/decisions:verify',
  tag: 'Decisions',
  summary: 'Take the decisions about a subject again',
  description:
    'All that are stored, byte for byte, with their chain and its end. A chain may begin in the middle, where what was before is past its retention.',
  access: { scope: 'read', tenants: 'no' },
  body: { schema: z.strictObject({ kind, subject }) },
  answers: { 200: { description: 'What was found.', schema: z.strictObject(found) } },
  problems: ['DECISION_NOT_FOUND'],
});

export const verifySubjects = defineOperation({
  id: 'verifySubjects',
  method: 'POST',
  path: '/v1/decision-subjects:verify',
  tag: 'Decisions',
  summary: 'Take the decisions about the next subjects again',
  description:
    'As `verifyDecisions` does of one: of as many as take a few milliseconds. Who goes on until `nextCursor` is null has verified everything.',
  access: { scope: 'read', tenants: 'no' },
  body: {
    schema: z.strictObject({
      cursor: subjectCursor
        .optional()
        .meta({ description: 'Of the page before; none: from the first subject' }),
    }),
  },
  answers: { 200: { description: 'What was found.', schema: z.strictObject({ ...found, nextCursor }) } },
  problems: [],
});

export const listSubjects = defineOperation({
  id: 'listSubjects',
  method: 'GET',
  path: '/v1/decision-subjects',
  tag: 'Decisions',
  summary: 'List what was decided about',
  description:
    'With the hash of the last record of each: kept elsewhere, it shows later that none was cut off.',
  access: { scope: 'read', tenants: 'no' },
  query: z.strictObject({
    cursor: subjectCursor.optional(),
    limit: pageLimit(1_000, 100),
  }),
  answers: {
    200: {
      description: 'A page of subjects.',
      schema: z.strictObject({
        subjects: z.array(
          z.strictObject({ kind, subject, seq: z.int(), hash: z.string() }).meta({ id: 'SubjectEnd' }),
        ),
        nextCursor,
      }),
    },
  },
  problems: [],
});
