import { decisionId, type Kind, type Subject } from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { IN_FORCE, type InForce, type OverrideRow, toInForce } from './overrides.ts';
import type { Memories, Remembered, Said } from './remembered.ts';
import { OPEN_ROLLOUTS, type OpenRollout } from './rollouts.ts';

/**
 * What the next tick starts from.
 *
 * Only subjects that have a record have a row: whoever was never anything but fine is not in the table. Nobody but a
 * tick writes states, and each tick raises one number. A leader that has read them once therefore asks with the number
 * that it knows, and nothing is read as long as it is the last: a quiet tick over 50,000 workspaces costs one row.
 *
 * A whole reading is one statement too, and gathers the rows in Postgres: for each thing said, the subjects that it was
 * said of, their numbers, hashes and states as one text each. Row by row, the driver alone would cost this process three
 * times as much (measured with 50,000: 131 ms of CPU against 49).
 */
export interface ControlStates {
  /** @param knownTick the last tick whose states the caller has in memory; undefined: none */
  read(knownTick?: number): Promise<ControlReading>;
}

export interface ControlReading {
  /** Of the last tick that was written; 0 = there was none. The next tick is written upon this one. */
  readonly tick: number;
  /** When it was, by the clock of Postgres, ms; 0 = there was none. */
  readonly tickedAtMs: number;
  /** The clock of Postgres, ms: for `now`, so that a change of leader does not turn time back. */
  readonly nowMs: number;
  readonly overrides: InForce;
  /** Those that are not over, by name. */
  readonly rollouts: readonly OpenRollout[];
  /** Undefined: what the caller has is still so. */
  readonly memories: Memories | undefined;
}

interface Row {
  readonly kind: Kind | null;
  readonly type: Subject['type'];
  /** Of the head: a JSON text of `Head`. */
  readonly said: string;
  readonly ids: string;
  readonly seqs: string;
  readonly hashes: string;
  readonly states: string;
}

interface Head {
  readonly tick: number;
  readonly tickedAtMs: number;
  readonly nowMs: number;
  readonly overrides: readonly OverrideRow[];
  readonly rollouts: readonly OpenRollout[];
}

const HASH_LENGTH = 64;

export function createControlStates(statements: Statements): ControlStates {
  return {
    async read(knownTick = -1) {
      const rows = await statements.query<Row>(Prisma.sql`/* prepared: control_read */
        SELECT NULL AS kind, NULL AS type, jsonb_build_object(
            'tick', "tick", 'tickedAtMs', coalesce(floor(extract(epoch FROM "at") * 1000), 0), 'nowMs', floor(extract(epoch FROM clock_timestamp()) * 1000),
            'overrides', (${IN_FORCE}), 'rollouts', (${OPEN_ROLLOUTS})
          )::text AS said, NULL AS ids, NULL AS seqs, NULL AS hashes, NULL AS states
        FROM "ControlTick"
        UNION ALL
        SELECT "kind"::text, "subjectType"::text, "said"::text, string_agg("subjectId", ' '),
          string_agg("seq"::text, ','), string_agg("hash", ''), string_agg("state"::text, ',')
        FROM "ControlState" WHERE (SELECT "tick" FROM "ControlTick") <> ${knownTick}::int8
        GROUP BY "kind", "subjectType", "said"::text`);
      // Not always the first: Postgres may read the parts of a union side by side.
      const groups = rows.filter(({ kind }) => kind !== null);
      const head = JSON.parse(rows.find(({ kind }) => kind === null)?.said ?? 'null') as Head;
      return {
        tick: head.tick,
        tickedAtMs: head.tickedAtMs,
        nowMs: head.nowMs,
        overrides: toInForce(head.overrides),
        rollouts: head.rollouts,
        memories: head.tick === knownTick ? undefined : toMemories(groups),
      };
    },
  };
}

function toMemories(groups: readonly Row[]): Memories {
  const maps = new Map<string, Map<string, Remembered<Kind>>>();
  for (const group of groups) {
    const kind = group.kind as Kind;
    const key = `${kind} ${group.type}`;
    const map = maps.get(key) ?? new Map<string, Remembered<Kind>>();
    maps.set(key, map);
    addGroup(map, kind, group);
  }
  return {
    of: <K extends Kind>(kind: K, type: Subject['type']) =>
      (maps.get(`${kind} ${type}`) ?? new Map()) as ReadonlyMap<string, Remembered<K>>,
  };
}

/** The four texts list the subjects in the same order. An id has no space, and all hashes have one length. */
function addGroup(map: Map<string, Remembered<Kind>>, kind: Kind, group: Row): void {
  const said = JSON.parse(group.said) as Said;
  const states = JSON.parse(`[${group.states}]`) as Remembered<Kind>['state'][];
  const seqs = JSON.parse(`[${group.seqs}]`) as number[];
  const ids = group.ids.split(' ');
  for (const [at, subjectId] of ids.entries()) {
    const state = states[at] as Remembered<Kind>['state'];
    const seq = seqs[at] as number;
    const last = {
      id: decisionId(kind, { type: group.type, id: subjectId }, seq),
      seq,
      hash: group.hashes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH),
      stateAfter: state,
      action: said.action,
      guardrail: said.guardrail,
      limiting: said.limiting,
      operatorOverride: said.operatorOverride,
      policyHash: said.policyHash,
      reasonCode: said.reasonCode,
      synthetic: said.synthetic,
    };
    map.set(subjectId, { state, last } as unknown as Remembered<Kind>);
  }
}
