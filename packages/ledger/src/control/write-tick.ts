import {
  canonicalText,
  type DecisionRecord,
  type DecisionRecordOf,
  FairleadError,
  type Policy,
  recordText,
} from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { type Fence, fencedBy } from '../leases.ts';
import type { Said } from './remembered.ts';
import { type StageEnd, stageEnds, stageStarts } from './rollout-stages.ts';
import { TICKS_KEPT } from './ticks.ts';

/** Everything that one tick decided. */
export interface TickToWrite {
  /** The tick that it was decided upon: what `ControlStates.read` gave. */
  readonly after: number;
  readonly correlationId: string;
  readonly fence: Fence;
  /** Of the tick's decisions those that are not repeats; of one subject in their order. */
  readonly records: readonly DecisionRecord[];
  /** Those that the records name, by hash. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** By decision id: trace parents of the jobs that it was taken for. */
  readonly evidence?: ReadonlyMap<string, readonly string[]> | undefined;
  /** By the controller's clock. */
  readonly startedAtMs?: number | undefined;
  /** Milliseconds by phase, as far as they are known. */
  readonly durations?: Readonly<Record<string, number>> | undefined;
  /** Decisions that only repeated the last one. */
  readonly repeats?: number | undefined;
}

export type WriteOutcome =
  /** All of it, by this call or by an earlier one whose answer was lost. */
  | { readonly outcome: 'written'; readonly tick: number }
  /** Somebody else leads: nothing was written, and nothing may be acted upon. */
  | { readonly outcome: 'lease_lost' }
  /** Something was written since it was read: nothing was written now. Read everything again, and decide anew. */
  | { readonly outcome: 'out_of_step' };

/**
 * Writes a tick: records, states, rollouts, policies, all or nothing.
 *
 *     fence   the lease still has our epoch; locked, so that nobody takes it before the commit
 *       └▶ ticked   the last tick is still the one we read, and so is the end of every chain we add to
 *            └▶ everything else is taken from rows joined with `ticked`, of which there are none otherwise
 *
 * One statement is one transaction that needs nothing more of this process: a leader that is frozen in the middle of it
 * holds no lock for longer than Postgres takes to finish. Of two writes of the same tick the second waits for the row of
 * the first, finds another number there and does nothing.
 */
export async function writeTick(statements: Statements, tick: TickToWrite): Promise<WriteOutcome> {
  const { after, correlationId, fence, records, policies, evidence, durations = {}, repeats = 0 } = tick;
  const chains = toChains(records, fence);
  const rollouts = records.filter((record) => record.kind === 'rollout') as DecisionRecordOf<'rollout'>[];
  const [starts, ends] = [stageStarts(rollouts), stageEnds(rollouts)];
  const record = <T>(of: (record: DecisionRecord) => T) => records.map(of);
  const chain = <T>(of: (chain: Chain) => T) => chains.map(of);
  const [answer] = await statements.query<Answer>(Prisma.sql`/* prepared: control_write */
    WITH ${fencedBy(fence)}, chain AS MATERIALIZED (
      SELECT kind::"DecisionKind", type::"DecisionSubject", id, from_seq, from_hash, seq, hash, state::json, said::json
      FROM unnest(
        ${chain(({ last }) => last.kind)}::text[],
        ${chain(({ last }) => last.subject.type)}::text[],
        ${chain(({ last }) => last.subject.id)}::text[],
        ${chain(({ first }) => first.seq - 1)}::int4[],
        ${chain(({ first }) => first.previousHash)}::text[],
        ${chain(({ last }) => last.seq)}::int4[],
        ${chain(({ last }) => last.hash)}::text[],
        string_to_array(${lines(chain(({ last }) => JSON.stringify(last.stateAfter)))}, chr(10)),
        string_to_array(${lines(chain(({ last }) => saidOf(last)))}, chr(10))
      ) AS c(kind, type, id, from_seq, from_hash, seq, hash, state, said)
    ), ticked AS (
      UPDATE "ControlTick" SET "tick" = "tick" + 1, "epoch" = ${fence.epoch}::int8,
        "correlationId" = ${correlationId}, "at" = clock_timestamp()
      WHERE "tick" = ${after}::int8 AND EXISTS (SELECT FROM fence) AND NOT EXISTS (
        SELECT FROM chain LEFT JOIN "ControlState" s
          ON s."kind" = chain.kind AND s."subjectType" = chain.type AND s."subjectId" = chain.id
        WHERE coalesce(s."seq", 0) <> from_seq OR s."hash" IS DISTINCT FROM from_hash
      )
      RETURNING "tick"
    ), remembered AS (
      INSERT INTO "ControlState" ("kind", "subjectType", "subjectId", "seq", "hash", "state", "said")
      SELECT kind, type, id, seq, hash, state, said FROM chain, ticked
      ON CONFLICT ("kind", "subjectType", "subjectId") DO UPDATE SET "seq" = excluded."seq", "hash" = excluded."hash",
        "state" = excluded."state", "said" = excluded."said"
    ), recorded AS (
      INSERT INTO "Decision" ("kind", "subjectType", "subjectId", "seq", "epoch", "tick", "evaluatedAt", "action",
        "reasonCode", "record", "evidence")
      SELECT kind::"DecisionKind", type::"DecisionSubject", id, seq, ${fence.epoch}::int8, tick,
        to_timestamp(evaluated_ms / 1000), action::"DecisionAction", reason, record::json, nullif(evidence, '')
      FROM ticked, unnest(
        ${record(({ kind }) => kind)}::text[],
        ${record(({ subject }) => subject.type)}::text[],
        ${record(({ subject }) => subject.id)}::text[],
        ${record(({ seq }) => seq)}::int4[],
        ${record(({ evaluatedAt }) => evaluatedAt)}::float8[],
        ${record(({ action }) => action)}::text[],
        ${record(({ reasonCode }) => reasonCode)}::text[],
        string_to_array(${lines(record(recordText))}, chr(10)),
        string_to_array(${lines(record(({ id }) => evidence?.get(id)?.join(' ') ?? ''))}, chr(10))
      ) AS r(kind, type, id, seq, evaluated_ms, action, reason, record, evidence)
    ), logged AS (
      INSERT INTO "TickRecord" ("tick", "epoch", "correlationId", "startedAt", "durations", "records", "repeats")
      SELECT tick, ${fence.epoch}::int8, ${correlationId}, to_timestamp(${tick.startedAtMs ?? Date.now()}::float8 / 1000),
        ${JSON.stringify(durations)}::json, ${records.length}::int4, ${repeats}::int4 FROM ticked
    ), forgotten AS (
      DELETE FROM "TickRecord" t USING ticked WHERE t."tick" <= ticked."tick" - ${TICKS_KEPT}::int8
    ), named AS (
      INSERT INTO "Policy" ("hash", "policy")
      SELECT hash, policy FROM ticked, unnest(
        ${[...policies.keys()]}::text[], ${[...policies.values()].map(canonicalText)}::json[]
      ) AS p(hash, policy)
      WHERE NOT EXISTS (SELECT FROM "Policy" known WHERE known."hash" = p.hash)
      ON CONFLICT DO NOTHING
    ), moved AS (
      UPDATE "Rollout" r SET "status" = m.status::"RolloutStatus", "stage" = m.stage, "shareBp" = m.share,
        "orderTaken" = m.taken,
        "endedAt" = CASE WHEN m.status IN ('completed', 'aborted', 'rolled_back') THEN coalesce(r."endedAt", clock_timestamp()) END
      FROM ticked, unnest(
        ${rollouts.map(({ subject }) => subject.id)}::text[],
        ${rollouts.map(({ stateAfter }) => stateAfter.status)}::text[],
        ${rollouts.map(({ stateAfter }) => stateAfter.stage)}::int4[],
        ${rollouts.map(({ stateAfter }) => stateAfter.shareBp)}::int4[],
        ${rollouts.map(({ stateAfter }) => stateAfter.commandNumber)}::int4[]
      ) AS m(name, status, stage, share, taken)
      WHERE r."name" = m.name
    ), begun AS (
      INSERT INTO "RolloutStage" ("rollout", "stage", "shareBp", "startedAt")
      SELECT s.name, s.stage, s.share, to_timestamp(s.at_ms / 1000) FROM ticked, unnest(
        ${starts.map(({ rollout }) => rollout)}::text[],
        ${starts.map(({ stage }) => stage)}::int4[],
        ${starts.map(({ shareBp }) => shareBp)}::int4[],
        ${starts.map(({ atMs }) => atMs)}::float8[]
      ) AS s(name, stage, share, at_ms)
      JOIN "Rollout" r ON r."name" = s.name
    ), ended AS (
      UPDATE "RolloutStage" s SET "endedAt" = to_timestamp(e.at_ms / 1000), "outcome" = e.outcome,
        "cohortFinished" = e.finished
      FROM ticked, unnest(
        ${ends.map(({ rollout }) => rollout)}::text[],
        ${ends.map(({ stage }) => stage)}::int4[],
        ${ends.map(({ outcome }: StageEnd) => outcome)}::text[],
        ${ends.map(({ atMs }) => atMs)}::float8[],
        ${ends.map(({ cohortFinished }) => cohortFinished)}::int4[]
      ) AS e(name, stage, outcome, at_ms, finished)
      WHERE s."rollout" = e.name AND s."stage" = e.stage
    )
    SELECT (SELECT tick FROM ticked)::float8 AS "written", EXISTS (SELECT FROM fence) AS "held",
      "tick"::float8 AS "lastTick", "correlationId" AS "lastCorrelationId", "epoch"::float8 AS "lastEpoch"
    FROM "ControlTick"`);
  if (answer === undefined || !answer.held) return { outcome: 'lease_lost' };
  if (answer.written !== null) return { outcome: 'written', tick: answer.written };
  const isOurs =
    answer.lastTick === after + 1 &&
    answer.lastEpoch === fence.epoch &&
    answer.lastCorrelationId === correlationId;
  return isOurs ? { outcome: 'written', tick: answer.lastTick } : { outcome: 'out_of_step' };
}

interface Answer {
  readonly written: number | null;
  readonly held: boolean;
  /** As it was before this statement. */
  readonly lastTick: number;
  readonly lastCorrelationId: string;
  readonly lastEpoch: number;
}

/** What a tick adds to one subject's chain: nearly always one record. */
interface Chain {
  readonly first: DecisionRecord;
  readonly last: DecisionRecord;
}

/** @throws FairleadError INTERNAL for records that do not follow each other, or are of another epoch */
function toChains(records: readonly DecisionRecord[], fence: Fence): Chain[] {
  const chains = new Map<string, Chain>();
  for (const record of records) {
    const { kind, subject, seq, previousHash, epoch } = record;
    const key = `${kind} ${subject.type} ${subject.id}`;
    const chain = chains.get(key);
    const follows = !chain || (seq === chain.last.seq + 1 && previousHash === chain.last.hash);
    if (!follows || epoch !== fence.epoch) {
      throw new FairleadError('INTERNAL', `The decision ${record.id} does not belong to this tick.`);
    }
    chains.set(key, { first: chain?.first ?? record, last: record });
  }
  return [...chains.values()];
}

function saidOf(record: DecisionRecord): string {
  const { action, guardrail, limiting, operatorOverride, policyHash, reasonCode, synthetic } = record;
  const said: Said = { action, guardrail, limiting, operatorOverride, policyHash, reasonCode, synthetic };
  return JSON.stringify(said);
}

/**
 * Many JSON texts as one, a line each: none has a line break in it. In an array every quotation mark would be escaped
 * here and unescaped there, which for a thousand records costs more than the rest of what is sent.
 */
function lines(texts: readonly string[]): string {
  return texts.join('\n');
}
