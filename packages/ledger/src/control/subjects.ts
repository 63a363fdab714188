import type { Kind, Subject } from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';

/** A subject's place in the order of all. */
export interface SubjectPlace {
  readonly kind: Kind;
  readonly subject: Subject;
}

/** A subject, and the end of its chain. */
export interface SubjectEnd extends SubjectPlace {
  /** Of its last record. */
  readonly seq: number;
  readonly hash: string;
}

export interface SubjectPage {
  readonly after?: SubjectPlace | undefined;
  readonly limit: number;
}

/** The next subjects after one, in the order of the columns: `"kind"` alone would be the text that is selected. */
export function readSubjects(statements: Statements, { after, limit }: SubjectPage): Promise<SubjectEnd[]> {
  return statements.query(Prisma.sql`
    SELECT s."kind"::text AS "kind", jsonb_build_object('type', s."subjectType", 'id', s."subjectId") AS "subject",
      s."seq", s."hash"
    FROM "ControlState" s WHERE ${after === undefined ? Prisma.sql`true` : isAfter(after)}
    ORDER BY s."kind", s."subjectType", s."subjectId" LIMIT ${String(limit)}::int4`);
}

function isAfter({ kind, subject }: SubjectPlace): Prisma.Sql {
  return Prisma.sql`(s."kind", s."subjectType", s."subjectId")
    > (${kind}::"DecisionKind", ${subject.type}::"DecisionSubject", ${subject.id})`;
}
