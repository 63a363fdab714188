-- Workspaces and how each is served. What Prisma's schema cannot say is said here: the CHECKs, which refuse nonsense
-- whoever writes it, and the collation.

CREATE TYPE "Fairness" AS ENUM ('starts', 'runtime');

-- The slug is the name of the BullMQ queue and a part of every Redis key: its form keeps tenants apart.
-- COLLATE "C": pages are ordered by bytes on every system, and an upgrade of the system's locales cannot corrupt the index.
CREATE TABLE "Workspace" (
    "slug" TEXT COLLATE "C" NOT NULL,
    "displayName" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archivedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Workspace_pkey" PRIMARY KEY ("slug"),
    CONSTRAINT "Workspace_slug_check" CHECK ("slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT "Workspace_displayName_check" CHECK (char_length("displayName") BETWEEN 1 AND 200)
);

-- NULL is unlimited, so 0 is not another way to say it. NaN sorts above Infinity, so "< 'Infinity'" refuses both.
CREATE TABLE "WorkspaceSettings" (
    "workspace" TEXT COLLATE "C" NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "concurrency" INTEGER,
    "ratePerSecond" DOUBLE PRECISION,
    "burst" INTEGER,
    "maxBacklog" INTEGER NOT NULL DEFAULT 100000,
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "highQuotaEnabled" BOOLEAN NOT NULL DEFAULT false,
    "fairness" "Fairness" NOT NULL DEFAULT 'starts',
    "version" INTEGER NOT NULL DEFAULT 1,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "WorkspaceSettings_pkey" PRIMARY KEY ("workspace"),
    CONSTRAINT "WorkspaceSettings_weight_check" CHECK ("weight" > 0 AND "weight" < 'Infinity'),
    CONSTRAINT "WorkspaceSettings_concurrency_check" CHECK ("concurrency" >= 1),
    CONSTRAINT "WorkspaceSettings_ratePerSecond_check" CHECK ("ratePerSecond" > 0 AND "ratePerSecond" < 'Infinity'),
    CONSTRAINT "WorkspaceSettings_burst_check" CHECK ("burst" >= 1),
    CONSTRAINT "WorkspaceSettings_maxBacklog_check" CHECK ("maxBacklog" >= 0),
    CONSTRAINT "WorkspaceSettings_version_check" CHECK ("version" >= 1)
);

-- RESTRICT on update: the slug never changes, for Redis would go on under the old one.
ALTER TABLE "WorkspaceSettings" ADD CONSTRAINT "WorkspaceSettings_workspace_fkey"
    FOREIGN KEY ("workspace") REFERENCES "Workspace"("slug") ON DELETE CASCADE ON UPDATE RESTRICT;
