-- Exercises: a signal that is injected for a while. The subject is the signal, the value what it is said to be; without
-- one it is said not to be measurable.

ALTER TYPE "OverrideKind" ADD VALUE 'drill';

-- As texts: the transaction that adds a value to a type may not use it yet.
ALTER TABLE "OperatorOverride"
    DROP CONSTRAINT "OperatorOverride_value_check",
    DROP CONSTRAINT "OperatorOverride_expiresAt_check",
    ADD CONSTRAINT "OperatorOverride_value_check"
        CHECK ("kind"::text = 'drill' OR ("value" IS NOT NULL) = ("kind"::text IN ('pin', 'step'))),
    ADD CONSTRAINT "OperatorOverride_expiresAt_check"
        CHECK ("expiresAt" IS NOT NULL OR "kind"::text NOT IN ('pin', 'step', 'drill'));
