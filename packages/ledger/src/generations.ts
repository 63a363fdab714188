import type { Statements } from './database.ts';
import { Prisma } from './generated/client.ts';
import { type Fence, fencedBy } from './leases.ts';

/**
 * What the ledger knows of each Redis shard: its generation, and the last beat that was seen there. Another generation,
 * or none, means that the shard's data is gone; an older beat, that its last seconds are.
 */
export interface Generations {
  all(): Promise<ShardGenerationRecord[]>;
  /**
   * Notes what each shard has: the generation that was written there, or its newest beat. A beat never goes back within
   * a generation. Answers false, and changes nothing, when the lease is somebody else's by now.
   */
  note(shards: readonly ShardSeen[], fence: Fence): Promise<boolean>;
}

export interface ShardSeen {
  readonly shard: number;
  readonly generation: string;
  readonly beat: number;
}

export interface ShardGenerationRecord extends ShardSeen {
  /** By the clock of Postgres. */
  readonly seenAt: Date;
}

export function createGenerations(statements: Statements): Generations {
  return {
    all: () =>
      statements.query<ShardGenerationRecord>(Prisma.sql`
        SELECT "shard", "generation", "lastBeat"::float8 AS "beat", "seenAt" FROM "ShardGeneration" ORDER BY "shard"`),
    async note(shards, fence) {
      const [answer] = await statements.query<{ held: boolean }>(Prisma.sql`
        WITH ${fencedBy(fence)}, noted AS (
          INSERT INTO "ShardGeneration" AS g ("shard", "generation", "lastBeat", "seenAt")
          SELECT shard, generation, beat, clock_timestamp() FROM unnest(
            ${shards.map((one) => one.shard)}::int4[],
            ${shards.map((one) => one.generation)}::text[],
            ${shards.map((one) => one.beat)}::int8[]
          ) AS t(shard, generation, beat)
          WHERE EXISTS (SELECT FROM fence) ORDER BY shard
          ON CONFLICT ("shard") DO UPDATE SET
            "lastBeat" = CASE WHEN g."generation" = excluded."generation"
              THEN greatest(g."lastBeat", excluded."lastBeat") ELSE excluded."lastBeat" END,
            "generation" = excluded."generation", "seenAt" = excluded."seenAt"
        )
        SELECT EXISTS (SELECT FROM fence) AS held`);
      return answer?.held ?? false;
    },
  };
}
