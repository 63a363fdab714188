-- A limit may follow the workspace's quota on the ladder. A number of its own comes first; where there is none, the flag
-- says whether that is the quota or, as before, no limit.
-- Slots follow it unless a workspace says otherwise: also those of workspaces that never said anything.

ALTER TABLE "WorkspaceSettings"
    ADD COLUMN "concurrencyIsQuota" BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN "rateIsQuota" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "burstIsQuota" BOOLEAN NOT NULL DEFAULT false;
