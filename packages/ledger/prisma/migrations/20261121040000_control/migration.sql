-- What the controller decided, what it remembers, and what operators ordered.

CREATE TYPE "DecisionKind" AS ENUM ('autoscale', 'promotion', 'backpressure', 'rollout');
CREATE TYPE "DecisionSubject" AS ENUM ('cluster', 'workspace', 'rollout');
CREATE TYPE "DecisionAction" AS ENUM ('raise', 'lower', 'hold');

-- The settings that decisions were taken by, under the hash of their canonical form.
CREATE TABLE "Policy" (
    "hash" TEXT COLLATE "C" NOT NULL,
    "policy" JSON NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Policy_pkey" PRIMARY KEY ("hash"),
    CONSTRAINT "Policy_hash_check" CHECK ("hash" ~ '^[0-9a-f]{64}$')
);

-- JSON and not JSONB: it keeps the very bytes that were hashed. A row is written once and never changed. Ticks are
-- written one after the other (see "ControlTick"), so positions are given in the order in which they become visible: who
-- has read up to one misses nothing before it.
CREATE TABLE "Decision" (
    "position" BIGSERIAL NOT NULL,
    "kind" "DecisionKind" NOT NULL,
    "subjectType" "DecisionSubject" NOT NULL,
    "subjectId" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "epoch" BIGINT NOT NULL,
    "tick" BIGINT NOT NULL,
    "evaluatedAt" TIMESTAMPTZ(3) NOT NULL,
    "action" "DecisionAction" NOT NULL,
    "reasonCode" TEXT COLLATE "C" NOT NULL,
    "record" JSON NOT NULL,
    "writtenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Decision_pkey" PRIMARY KEY ("position"),
    CONSTRAINT "Decision_seq_check" CHECK ("seq" >= 1)
);

-- A subject's chain, and a decision by its id, which is made of the kind, the subject and the number.
CREATE UNIQUE INDEX "Decision_subjectId_kind_seq_subjectType_key"
    ON "Decision"("subjectId", "kind", "seq", "subjectType");
CREATE INDEX "Decision_kind_position_idx" ON "Decision"("kind", "position");
CREATE INDEX "Decision_reasonCode_position_idx" ON "Decision"("reasonCode", "position");
CREATE INDEX "Decision_evaluatedAt_idx" ON "Decision"("evaluatedAt");
-- What changed something: a few in thousands.
CREATE INDEX "Decision_change" ON "Decision"("position") WHERE "action" <> 'hold';

ALTER TABLE "Decision" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- What is remembered of each subject that has a record, and the end of its chain. "said" is what a repeat is told by;
-- thousands of rows have the same. Rows are rewritten in place: no index but the key, and room on the page. The checks
-- are what the reading in bulk stands on; as patterns they made the update of a row five times as dear (measured).
CREATE TABLE "ControlState" (
    "kind" "DecisionKind" NOT NULL,
    "subjectType" "DecisionSubject" NOT NULL,
    "subjectId" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "state" JSON NOT NULL,
    "said" JSON NOT NULL,

    CONSTRAINT "ControlState_pkey" PRIMARY KEY ("kind", "subjectType", "subjectId"),
    CONSTRAINT "ControlState_subjectId_check" CHECK (octet_length("subjectId") BETWEEN 1 AND 100 AND strpos("subjectId", ' ') = 0),
    CONSTRAINT "ControlState_seq_check" CHECK ("seq" >= 1),
    CONSTRAINT "ControlState_hash_check" CHECK (octet_length("hash") = 64)
) WITH (
    fillfactor = 60,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 1
);

-- One row: the number of the last tick. Each tick is written by the update that raises it by one, so that a tick that
-- comes twice, or late, finds another number and writes nothing.
CREATE TABLE "ControlTick" (
    "id" INTEGER NOT NULL DEFAULT 0,
    "tick" BIGINT NOT NULL DEFAULT 0,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "correlationId" TEXT NOT NULL DEFAULT '',
    "at" TIMESTAMPTZ(3),

    CONSTRAINT "ControlTick_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ControlTick_id_check" CHECK ("id" = 0)
) WITH (fillfactor = 50);

INSERT INTO "ControlTick" DEFAULT VALUES;

CREATE TYPE "OverrideKind" AS ENUM ('pin', 'step', 'freeze', 'switch');

-- What an operator ordered: for each kind and subject the last order. The history is in the audit.
CREATE TABLE "OperatorOverride" (
    "kind" "OverrideKind" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "number" INTEGER NOT NULL DEFAULT 1,
    "value" INTEGER,
    "actor" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "orderedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),
    "releasedAt" TIMESTAMPTZ(3),

    CONSTRAINT "OperatorOverride_pkey" PRIMARY KEY ("kind", "subject"),
    CONSTRAINT "OperatorOverride_number_check" CHECK ("number" >= 1),
    -- What changes capacity has a number, and ends by itself.
    CONSTRAINT "OperatorOverride_value_check" CHECK (("value" IS NOT NULL) = ("kind" IN ('pin', 'step'))),
    CONSTRAINT "OperatorOverride_expiresAt_check" CHECK ("expiresAt" IS NOT NULL OR "kind" NOT IN ('pin', 'step')),
    CONSTRAINT "OperatorOverride_pin_check" CHECK ("kind" <> 'pin' OR "value" >= 0)
);

CREATE TYPE "RolloutStatus" AS ENUM ('draft', 'running', 'paused', 'completed', 'aborted', 'rolled_back');
CREATE TYPE "RolloutOrder" AS ENUM ('start', 'pause', 'resume', 'abort');

-- A change on its way to all workspaces. Status, stage and share are written by ticks only; orders by operators only.
CREATE TABLE "Rollout" (
    "name" TEXT COLLATE "C" NOT NULL,
    "feature" TEXT COLLATE "C" NOT NULL,
    "status" "RolloutStatus" NOT NULL DEFAULT 'draft',
    "stage" INTEGER NOT NULL DEFAULT 0,
    "shareBp" INTEGER NOT NULL DEFAULT 0,
    "orderNumber" INTEGER NOT NULL DEFAULT 0,
    "order" "RolloutOrder",
    "orderedBy" TEXT,
    "orderTaken" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Rollout_pkey" PRIMARY KEY ("name"),
    CONSTRAINT "Rollout_name_check" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT "Rollout_shareBp_check" CHECK ("shareBp" BETWEEN 0 AND 10000),
    CONSTRAINT "Rollout_order_check" CHECK (("orderNumber" = 0) = ("order" IS NULL))
);

-- Two rollouts of one feature at the same time would undo each other's cohorts.
CREATE UNIQUE INDEX "Rollout_current" ON "Rollout"("feature") WHERE "status" IN ('draft', 'running', 'paused');

CREATE TABLE "RolloutStage" (
    "rollout" TEXT COLLATE "C" NOT NULL,
    "stage" INTEGER NOT NULL,
    "shareBp" INTEGER NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "outcome" TEXT COLLATE "C",
    "cohortFinished" INTEGER,

    CONSTRAINT "RolloutStage_pkey" PRIMARY KEY ("rollout", "stage")
);

ALTER TABLE "RolloutStage" ADD CONSTRAINT "RolloutStage_rollout_fkey"
    FOREIGN KEY ("rollout") REFERENCES "Rollout"("name") ON DELETE CASCADE ON UPDATE RESTRICT;
