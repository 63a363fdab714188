-- What the controller counts, what it looks at, and what it leaves for its spans.

-- A row is a save: what came to the windows since the one before, and the place in the stream of reports up to which that
-- is. Rows are written once and go after a while; nothing in them is worth compressing twice.
CREATE TABLE "WindowCounts" (
    "save" BIGINT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "cursor" TEXT,
    "head" JSON NOT NULL,
    "segment" BYTEA NOT NULL,
    "savedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "WindowCounts_pkey" PRIMARY KEY ("save"),
    CONSTRAINT "WindowCounts_save_check" CHECK ("save" >= 1)
) WITH (
    autovacuum_vacuum_threshold = 50,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_threshold = 2000,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE "WindowCounts" ALTER COLUMN "segment" SET STORAGE EXTERNAL;

-- Running totals of what must not happen, beyond what is still there to be counted: duplicate sends whose effects were
-- pruned, and duplicate dispatches. A total that fell would hide the next event.
CREATE TABLE "DuplicateTotal" (
    "workspace" TEXT COLLATE "C" NOT NULL,
    "prunedSends" BIGINT NOT NULL DEFAULT 0,
    "dispatches" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "DuplicateTotal_pkey" PRIMARY KEY ("workspace")
);

-- Windows of one source that overlap, because one caller names another length than the other.
CREATE INDEX "DispatchWindow_source_windowStart_idx" ON "DispatchWindow"("source", "windowStart");

-- What has changed since.
CREATE INDEX "WorkspaceSettings_updatedAt_idx" ON "WorkspaceSettings"("updatedAt");

-- Jobs that a decision was taken for: trace parents, with a space between them.
ALTER TABLE "Decision" ADD COLUMN "evidence" TEXT;

-- Nearly all decisions are about promotion, and say the same few things: an index of those finds nothing faster, and costs
-- each of them something. A time finds its place, for rows are written in the order of their times.
DROP INDEX "Decision_kind_position_idx";
CREATE INDEX "Decision_rare_kind" ON "Decision"("kind", "position") WHERE "kind" <> 'promotion';
DROP INDEX "Decision_evaluatedAt_idx";
CREATE INDEX "Decision_evaluatedAt" ON "Decision" USING brin ("evaluatedAt") WITH (pages_per_range = 32);

-- The last ticks, for their spans.
CREATE TABLE "TickRecord" (
    "tick" BIGINT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "correlationId" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "writtenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "durations" JSON NOT NULL,
    "records" INTEGER NOT NULL,
    "repeats" INTEGER NOT NULL,

    CONSTRAINT "TickRecord_pkey" PRIMARY KEY ("tick")
);

-- Up to which decision the collector has accepted the spans; one row.
CREATE TABLE "SpanExport" (
    "id" INTEGER NOT NULL DEFAULT 0,
    "position" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "SpanExport_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "SpanExport_id_check" CHECK ("id" = 0)
) WITH (fillfactor = 50);

INSERT INTO "SpanExport" DEFAULT VALUES;
