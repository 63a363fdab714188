-- A workspace that is drained takes no new jobs and finishes those that it has.

ALTER TABLE "WorkspaceSettings" ADD COLUMN "draining" BOOLEAN NOT NULL DEFAULT false;

-- Every dispatcher asks every second which they are: nearly always nobody.
CREATE INDEX "WorkspaceSettings_draining" ON "WorkspaceSettings"("workspace") WHERE "draining";
