-- What retention reads: the oldest effects and runs first.
-- "firstAt" and not "lastAt": that changes with every suppressed repeat, and would cost each an entry in an index.

CREATE INDEX "Effect_firstAt_idx" ON "Effect"("firstAt");
CREATE INDEX "FunctionRun_finishedAt_idx" ON "FunctionRun"("finishedAt");
