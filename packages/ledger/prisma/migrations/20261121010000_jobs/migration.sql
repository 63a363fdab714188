-- Jobs, and what surrounds them. As before, what Prisma's schema cannot say is said here: CHECKs, collations, partial
-- indexes and storage settings.

CREATE TYPE "JobState" AS ENUM ('accepted', 'queued', 'succeeded', 'dead', 'cancelled');

-- The life of a row: one INSERT, one UPDATE when Redis has it, one when it is done, one DELETE after the retention time.
-- "workspace" has no foreign key: see docs/decisions/0007-jobs-without-a-foreign-key.md.
CREATE TABLE "Job" (
    "id" UUID NOT NULL,
    "workspace" TEXT COLLATE "C" NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "payload" JSONB NOT NULL,
    "options" JSONB NOT NULL DEFAULT '{}',
    "state" "JobState" NOT NULL DEFAULT 'accepted',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "maxAttempts" INTEGER NOT NULL,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "runAt" TIMESTAMPTZ(3),
    "relayAt" TIMESTAMPTZ(3),
    "idempotencyKey" TEXT COLLATE "C",
    "requestHash" TEXT,
    "result" JSONB,
    "lastError" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "queuedAt" TIMESTAMPTZ(3),
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "traceparent" TEXT,

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Job_workspace_check" CHECK (octet_length("workspace") BETWEEN 1 AND 63),
    CONSTRAINT "Job_type_check" CHECK (octet_length("type") BETWEEN 1 AND 200),
    CONSTRAINT "Job_attempts_check" CHECK ("attempts" >= 0),
    CONSTRAINT "Job_maxAttempts_check" CHECK ("maxAttempts" >= 1),
    CONSTRAINT "Job_priority_check" CHECK ("priority" BETWEEN 0 AND 2097152),
    CONSTRAINT "Job_idempotencyKey_check" CHECK (octet_length("idempotencyKey") BETWEEN 1 AND 1000),
    CONSTRAINT "Job_finishedAt_check" CHECK (("finishedAt" IS NULL) = ("state" IN ('accepted', 'queued')))
);

-- Every change of state writes every index that the row is in, so a row is in as few as its readers need: always in the
-- primary key and the listing, and in one of those for its state.
CREATE INDEX "Job_workspace_id_idx" ON "Job"("workspace", "id");
-- The same key, the same job. Rows without a key are not in it.
CREATE UNIQUE INDEX "Job_idempotency" ON "Job"("workspace", "idempotencyKey") WHERE "idempotencyKey" IS NOT NULL;
-- The relay steps from workspace to workspace, and in each reads only what is due: a tenant's other million costs nothing.
CREATE INDEX "Job_relay" ON "Job"("workspace", "relayAt") WHERE "state" = 'accepted';
-- The slow audit, restoring Redis, and the backlog.
CREATE INDEX "Job_queued" ON "Job"("workspace", "id") WHERE "state" = 'queued';
CREATE INDEX "Job_dead" ON "Job"("workspace", "id") WHERE "state" = 'dead';
CREATE INDEX "Job_prune" ON "Job"("finishedAt") WHERE "finishedAt" IS NOT NULL;

-- fillfactor: a failed attempt changes no indexed column, and stays on its page when there is room for it.
-- Autovacuum: with the default (a fifth of the table has changed) the small partial indexes of a table with millions of
-- finished rows would be mostly dead entries; and no more pauses in its work than it needs to leave the disk to others.
ALTER TABLE "Job" SET (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_analyze_threshold = 5000,
    autovacuum_vacuum_cost_delay = 1
);

CREATE TYPE "EffectOutcome" AS ENUM ('pending', 'succeeded', 'failed', 'unknown');

CREATE TABLE "Effect" (
    "workspace" TEXT COLLATE "C" NOT NULL,
    "effectKey" TEXT COLLATE "C" NOT NULL,
    "jobId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "outcome" "EffectOutcome" NOT NULL DEFAULT 'pending',
    "claim" INTEGER NOT NULL DEFAULT 1,
    "result" JSONB,
    "error" TEXT,
    "executions" INTEGER NOT NULL DEFAULT 0,
    "suppressed" INTEGER NOT NULL DEFAULT 0,
    "firstAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),

    CONSTRAINT "Effect_pkey" PRIMARY KEY ("workspace", "effectKey"),
    CONSTRAINT "Effect_effectKey_check" CHECK (octet_length("effectKey") BETWEEN 1 AND 1000),
    CONSTRAINT "Effect_counts_check" CHECK ("claim" >= 1 AND "executions" >= 0 AND "suppressed" >= 0),
    CONSTRAINT "Effect_expiresAt_check" CHECK ("outcome" <> 'pending' OR "expiresAt" IS NOT NULL)
) WITH (fillfactor = 80);

-- What waits for an operator; it is short.
CREATE INDEX "Effect_unknown" ON "Effect"("workspace", "effectKey") WHERE "outcome" = 'unknown';
CREATE INDEX "Effect_duplicate" ON "Effect"("workspace", "effectKey") WHERE "executions" > 1;

CREATE TYPE "MissedPolicy" AS ENUM ('latest', 'skip', 'all');

CREATE TABLE "Schedule" (
    "workspace" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "cron" TEXT,
    "everyMs" BIGINT,
    "tz" TEXT NOT NULL DEFAULT 'UTC',
    "job" JSONB NOT NULL,
    "missed" "MissedPolicy" NOT NULL DEFAULT 'latest',
    "nextDueAt" TIMESTAMPTZ(3),
    "lastDueAt" TIMESTAMPTZ(3),
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Schedule_pkey" PRIMARY KEY ("workspace", "name"),
    CONSTRAINT "Schedule_name_check" CHECK ("name" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
    CONSTRAINT "Schedule_cron_or_everyMs_check" CHECK (("cron" IS NULL) <> ("everyMs" IS NULL)),
    CONSTRAINT "Schedule_everyMs_check" CHECK ("everyMs" >= 1000)
);

CREATE INDEX "Schedule_due" ON "Schedule"("nextDueAt") WHERE NOT "paused" AND "nextDueAt" IS NOT NULL;

CREATE TYPE "DispatchStatus" AS ENUM ('DISPATCHING', 'ENQUEUED', 'ENQUEUE_FAILED', 'INLINE_EMERGENCY');

CREATE TABLE "DispatchWindow" (
    "dispatchKey" TEXT COLLATE "C" NOT NULL,
    "source" TEXT COLLATE "C" NOT NULL,
    "windowStart" TIMESTAMPTZ(3) NOT NULL,
    "windowSeconds" INTEGER NOT NULL,
    "correlationId" TEXT NOT NULL,
    "status" "DispatchStatus" NOT NULL DEFAULT 'DISPATCHING',
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "jobIds" UUID[] DEFAULT '{}',
    "error" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "DispatchWindow_pkey" PRIMARY KEY ("dispatchKey"),
    CONSTRAINT "DispatchWindow_dispatchKey_check" CHECK (octet_length("dispatchKey") BETWEEN 1 AND 500),
    CONSTRAINT "DispatchWindow_windowSeconds_check" CHECK ("windowSeconds" BETWEEN 15 AND 3600)
);

CREATE INDEX "DispatchWindow_createdAt_idx" ON "DispatchWindow"("createdAt");

CREATE TYPE "RunStatus" AS ENUM ('RUNNING', 'SUCCEEDED', 'FAILED');

CREATE TABLE "FunctionRun" (
    "runKey" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "status" "RunStatus" NOT NULL DEFAULT 'RUNNING',
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "dispatchKey" TEXT,
    "correlationId" TEXT,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),
    "durationMs" INTEGER,
    "lastError" TEXT,

    CONSTRAINT "FunctionRun_pkey" PRIMARY KEY ("runKey"),
    CONSTRAINT "FunctionRun_runKey_check" CHECK (octet_length("runKey") BETWEEN 1 AND 500),
    CONSTRAINT "FunctionRun_finishedAt_check" CHECK (("finishedAt" IS NULL) = ("status" = 'RUNNING'))
);

CREATE INDEX "FunctionRun_name_startedAt_idx" ON "FunctionRun"("name", "startedAt");
CREATE INDEX "FunctionRun_running" ON "FunctionRun"("startedAt") WHERE "status" = 'RUNNING';

CREATE TABLE "ApiKey" (
    "prefix" TEXT COLLATE "C" NOT NULL,
    "sha256" BYTEA NOT NULL,
    "label" TEXT NOT NULL,
    "scopes" TEXT[],
    "workspace" TEXT COLLATE "C",
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("prefix"),
    CONSTRAINT "ApiKey_sha256_check" CHECK (octet_length("sha256") = 32),
    CONSTRAINT "ApiKey_scopes_check" CHECK (
        cardinality("scopes") >= 1 AND "scopes" <@ ARRAY['enqueue', 'read', 'operate', 'admin']
    )
);

CREATE TABLE "AuditEntry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "workspace" TEXT COLLATE "C",
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "AuditEntry_subject_id_idx" ON "AuditEntry"("subject", "id");

CREATE TABLE "Flag" (
    "name" TEXT COLLATE "C" NOT NULL,
    "value" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updatedBy" TEXT NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),

    CONSTRAINT "Flag_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "Lease" (
    "name" TEXT COLLATE "C" NOT NULL,
    "holder" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL DEFAULT 1,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("name"),
    CONSTRAINT "Lease_epoch_check" CHECK ("epoch" >= 1)
) WITH (fillfactor = 50);

CREATE TABLE "ShardGeneration" (
    "shard" INTEGER NOT NULL,
    "generation" TEXT NOT NULL,
    "lastBeat" BIGINT NOT NULL DEFAULT 0,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ShardGeneration_pkey" PRIMARY KEY ("shard"),
    CONSTRAINT "ShardGeneration_shard_check" CHECK ("shard" >= 0),
    CONSTRAINT "ShardGeneration_lastBeat_check" CHECK ("lastBeat" >= 0)
) WITH (fillfactor = 50);
