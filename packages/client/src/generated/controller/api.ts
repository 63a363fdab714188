// Generated from openapi.json by `npm run generate:client`: change the declarations instead.

export interface paths {
    "/v1/capacity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See how many jobs may run at once, and why
         * @description Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["getCapacity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capacity/pin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Pin capacity for a while
         * @description From the next tick on, in place of what would be decided. It is clamped to the cap and may be below the floor; guardrails are still reported. It replaces an earlier pin.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        put: operations["pinCapacity"];
        post?: never;
        /**
         * Take a pin back
         * @description Capacity goes on by the ordinary rules, and never up at once.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        delete: operations["releaseCapacity"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capacity/step": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change capacity once
         * @description The next tick takes it, once, between the floor and the cap. A pin outranks it.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["stepCapacity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scaler": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The number of replicas to run, for a scaler
         * @description For the `metrics-api` trigger of KEDA, or anything else that starts and ends replicas. What reads it with an own tolerance, as the autoscaler of Kubernetes does, takes `replicas` with a target of 1 a replica.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["getScaler"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List decisions
         * @description The newest first; with `after` the oldest first. A hold that only repeats the one before is counted in its `stoodTicks` and not recorded.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listDecisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a decision
         * @description Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["getDecision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask why, and what would have changed it
         * @description The decision is taken again first: one that does not hold is not explained.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["explainDecision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions:verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the decisions about a subject again
         * @description All that are stored, byte for byte, with their chain and its end. A chain may begin in the middle, where what was before is past its retention.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        post: operations["verifyDecisions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decision-subjects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was decided about
         * @description With the hash of the last record of each: kept elsewhere, it shows later that none was cut off.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listSubjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decision-subjects:verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the decisions about the next subjects again
         * @description As `verifyDecisions` does of one: of as many as take a few milliseconds. Who goes on until `nextCursor` is null has verified everything.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        post: operations["verifySubjects"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See the policy that this controller decides by
         * @description All of it, as the process that answers read it when it started. It decides by it when it leads; others of the cluster have read theirs.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["getPolicy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/overrides": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what operators ordered
         * @description The last order of each kind and subject, those that are over too; the newest first, 1,000 at most. Earlier ones are in the audit.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listOverrides"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/promotions/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Freeze quotas
         * @description No quota is raised or lowered, of one workspace or of all.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        put: operations["freezePromotions"];
        post?: never;
        /**
         * Take a freeze back
         * @description Needs a key that has the scope `operate` and is bound to no workspace.
         */
        delete: operations["releasePromotions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions/kinds/{kind}/off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Take no decisions of a kind
         * @description What they last decided stays as it is.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        put: operations["switchDecisionsOff"];
        post?: never;
        /**
         * Take decisions of a kind again
         * @description Needs a key that has the scope `operate` and is bound to no workspace.
         */
        delete: operations["switchDecisionsOn"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List rollouts
         * @description The newest first, 1,000 at most.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listRollouts"];
        put?: never;
        /**
         * Create a rollout
         * @description A draft, in which nothing happens until it is started. One rollout of a feature at a time: `promotion` (the quota ladder), `dispatch-queue` (dispatch windows through the queue and not inline), `fairness-runtime` (shares by run time and not by starts).
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["createRollout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rollouts/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a rollout
         * @description Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["getRollout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rollouts/{name}/{order}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start, pause, resume or abort a rollout
         * @description The next tick takes the order. Only an abort may overtake one that no tick has taken yet; it returns to stable in that one decision.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["orderRollout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the exercises that run
         * @description Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listDrills"];
        put?: never;
        /**
         * Inject a signal for an exercise
         * @description For a while the controller sees this in place of what is measured, and does what it would do in earnest: capacity falls, quotas go back, rollouts stop. What it decides so is marked `synthetic`. One drill a signal. Off unless FAIRLEAD_DRILL is on.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["startDrill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an exercise
         * @description Needs a key that has the scope `operate` and is bound to no workspace.
         */
        delete: operations["stopDrill"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask whether the process is alive */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask whether requests can be served */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Capacity: {
            /** @description Jobs that may run at once in the whole cluster; null: nothing was decided yet */
            capacity: number | null;
            /** @description Where it is heading, given time and health */
            target: number | null;
            /** @description The last one, and why */
            decision: components["schemas"]["Decision"] | null;
            /** @description The one in force */
            pin: components["schemas"]["Order"] | null;
            /** @description One that the next tick takes */
            step: components["schemas"]["Order"] | null;
            /** @description Null is what nobody knows, because Redis does not answer */
            replicas: {
                /** @description Null: nothing was decided yet */
                wanted: number | null;
                /** @description Alive and not draining */
                running: number | null;
                /** @description Of those */
                slots: number | null;
                /** @description Jobs that run, on draining ones too */
                inFlight: number | null;
                /** @description All that reported within the last seconds */
                live: components["schemas"]["Replica"][] | null;
            };
            /** @description Who decides; null: nobody, and capacity stays what it is */
            leader: {
                holder: string;
                epoch: number;
                /** Format: date-time */
                until: string;
            } | null;
        };
        Counterfactual: {
            signal: string;
            from: number;
            value: number;
            /** @description What would have been decided */
            reasonCode: string;
            to: number;
            /** @example 0.3 points fewer failures (2 dead jobs) would have promoted: 64 → 100. */
            words: string;
        };
        CreateRolloutRequest: {
            /**
             * @description Name of a rollout
             * @example runtime-fairness
             */
            name: string;
            /** @enum {string} */
            feature: "promotion" | "dispatch-queue" | "fairness-runtime";
        };
        Decision: {
            /** @example promotion:acme:12 */
            id: string;
            /** @description Rises with each decision that is recorded: for `after` */
            position: number;
            /** @enum {string} */
            kind: "autoscale" | "promotion" | "backpressure" | "rollout";
            subject: components["schemas"]["Subject"];
            /** @description 1, 2, 3 … within the subject */
            seq: number;
            /** @description Of the leader that decided */
            epoch: number;
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            action: "raise" | "lower" | "hold";
            from: number;
            to: number;
            target: number;
            desired: number;
            /** @example ramp_step */
            reasonCode: string;
            limiting: string[];
            guardrail: {
                /** @enum {string} */
                contention: "ok" | "breach" | "unknown";
                /** @enum {string} */
                failureRate: "ok" | "breach" | "unknown";
                /** @enum {string} */
                duplicates: "ok" | "breach" | "unknown";
            };
            operatorOverride: {
                /** @enum {string} */
                kind: "pin" | "step" | "freeze" | "command";
                actor: string;
                expiresAt: string | null;
            } | null;
            /** @description An exercise had a hand in it */
            synthetic: boolean;
            /** @description The tick: shared by all decisions that it took */
            correlationId: string;
            previousId: string | null;
            /** @description For how many ticks it was the last word about its subject */
            stoodTicks: number;
            /** @description Why, in a sentence */
            words: string;
        };
        /** @description As it was sealed: what `fairlead decisions verify` takes again */
        DecisionRecord: {
            hash: string;
        } & {
            [key: string]: unknown;
        };
        Drill: {
            /**
             * @description What is measured
             * @enum {string}
             */
            signal: "claim_latency" | "locks_lost" | "stalled_jobs" | "event_loop_delay" | "ledger_lag" | "redis_memory" | "failure_rate" | "duplicate_sends";
            /** @description What it is said to be; null: not measurable */
            value: number | null;
            actor: string;
            reason: string;
            /** Format: date-time */
            startedAt: string;
            /** Format: date-time */
            endsAt: string;
        };
        ExplainDecisionAnswer: {
            words: string;
            /** @description The smallest change of one signal that would have changed it; null: none alone, short of a duplicate send, or it was decided by another version of the engine */
            counterfactual: components["schemas"]["Counterfactual"] | null;
            /** @description Trace contexts (`traceparent`) of jobs that a breach stands on */
            evidence: string[];
            decision: components["schemas"]["Decision"];
            record: components["schemas"]["DecisionRecord"];
        };
        FreezePromotionsRequest: {
            /** @description Only this one; default: all */
            workspace?: string;
            /**
             * @description In words, for who asks tomorrow
             * @example load test until noon
             */
            reason: string;
            /** @description After how long it ends by itself */
            expiresInSeconds?: number;
        };
        GetDecisionAnswer: {
            decision: components["schemas"]["Decision"];
            record: components["schemas"]["DecisionRecord"];
        };
        GetHealthAnswer: {
            /** @constant */
            status: "alive";
        };
        GetOpenApiAnswer: {
            openapi: string;
        } & {
            [key: string]: unknown;
        };
        GetPolicyAnswer: {
            /** @description What decisions by it carry as `policyHash`: of its canonical JSON, SHA-256 */
            hash: string;
            /** @description What promotion decisions carry about workspaces that the rollout of promotions has not reached: it is the same with `promotion.enabled` off */
            hashWithoutPromotion: string;
            /**
             * @description `default`, or the file of `FAIRLEAD_POLICY`: what that leaves out is as in the default. `backpressure.tickMs` follows `FAIRLEAD_TICK_MS` unless the file has it
             * @enum {string}
             */
            source: "default" | "FAIRLEAD_POLICY";
            /** @description Whether the process that answers is the one that decides */
            leads: boolean;
            policy: components["schemas"]["Policy"];
        };
        GetReadinessAnswer: {
            /** @constant */
            status: "ready";
        };
        GetRolloutAnswer: {
            name: string;
            feature: string;
            /** @enum {string} */
            status: "draft" | "running" | "paused" | "completed" | "aborted" | "rolled_back";
            /** @description From 0 */
            stage: number;
            /** @description Of workspaces that have the feature, in basis points */
            shareBp: number;
            /** @description The last one */
            order: {
                /** @enum {string} */
                order: "start" | "pause" | "resume" | "abort";
                actor: string;
                /** @description False: it waits for the next tick */
                isTaken: boolean;
            } | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            endedAt: string | null;
            stages: components["schemas"]["RolloutStage"][];
            decision: components["schemas"]["Decision"] | null;
        };
        ListDecisionsAnswer: {
            decisions: components["schemas"]["Decision"][];
            /** @description Rows among these that somebody changed so that they are no records any more: `verifyDecisions` finds them */
            damaged: number;
            nextCursor: string | null;
        };
        ListDrillsAnswer: {
            drills: components["schemas"]["Drill"][];
            /** @description Whether one can be started */
            areAllowed: boolean;
        };
        ListOverridesAnswer: {
            overrides: components["schemas"]["Order"][];
        };
        ListRolloutsAnswer: {
            rollouts: components["schemas"]["Rollout"][];
        };
        ListSubjectsAnswer: {
            subjects: components["schemas"]["SubjectEnd"][];
            nextCursor: string | null;
        };
        /** @description What an operator ordered over the head of the controller */
        Order: {
            /** @enum {string} */
            kind: "pin" | "step" | "freeze" | "switch";
            /** @description Of a pin or a step `capacity`; of a freeze a workspace, or `*` for all; of a switch a kind of decisions */
            subject: string;
            /** @description Jobs at once of a pin; so many more or fewer of a step */
            value: number | null;
            /** @description Who ordered it: `key:` and its prefix */
            actor: string;
            reason: string;
            /** Format: date-time */
            orderedAt: string;
            /** @description Null: until it is taken back */
            expiresAt: string | null;
            /** @description When it was taken back */
            releasedAt: string | null;
            isInForce: boolean;
        };
        PinCapacityRequest: {
            capacity: number;
            /** @description After how long it ends by itself */
            expiresInSeconds: number;
            /**
             * @description In words, for who asks tomorrow
             * @example load test until noon
             */
            reason: string;
        };
        /** @description Every number that a decision depends on: jobs, replicas, milliseconds (`…Ms`) or basis points (`…Bp`, 1 % = 100) */
        Policy: {
            autoscale: {
                floor: number;
                cap: number | null;
                perActiveWorkspace: number;
                rampStep: number;
                rampWindowMs: number;
                stepDownToBp: number;
                cooldownMs: number;
                demandStableMs: number;
                demandStep: number;
                quotaBoundBacklog: number;
                slotsPerReplica: number;
                minReplicas: number;
                needWindowMs: number;
                failureBreachBp: number;
                failureWindowMs: number;
                failureMinFinished: number;
                contention: {
                    claimP95Ms: number;
                    locksLostBp: number;
                    stalledBp: number;
                    eventLoopP99Ms: number;
                    ledgerLagMs: number;
                    redisMemoryBp: number;
                    samplesToBreach: number;
                    samplesToClear: number;
                };
            };
            promotion: {
                enabled: boolean;
                baseQuota: number;
                promotedQuota: number;
                windowMs: number;
                windows: number;
                queueAgeP95Ms: number;
                failureBp: number;
                minFinished: number;
                demotionWindowMs: number;
                demotionWindows: number;
                demotionFailureBp: number;
                demotionMinFinished: number;
                requalifyMs: number;
            };
            backpressure: {
                tickMs: number;
                softBacklogBp: number;
                softOldestMs: number;
                softRedisBp: number;
                hardRedisBp: number;
                clearBp: number;
                clearTicks: number;
            };
            rollout: {
                stagesBp: number[];
                holdMs: number;
                minFinished: number;
                stopEnqueueFailureBp: number;
                stopEnqueueFailures: number;
                stopQueueAgeMs: number;
                stopQueueAgeTimes: number;
                stopFailurePointsBp: number;
                stopMinFinished: number;
            };
        };
        /** @description What is wrong, as RFC 9457 has it */
        Problem: {
            /** @description `urn:fairlead:problem:` and the code in lower case */
            type: string;
            /** @description What the code means */
            title: string;
            /** @description The HTTP status */
            status: number;
            /**
             * @description Stable: match on it
             * @enum {string}
             */
            code: "INVALID_REQUEST" | "MALFORMED_JSON" | "IDEMPOTENCY_KEY_REQUIRED" | "WORKSPACE_NAME_INVALID" | "UNAUTHENTICATED" | "INSUFFICIENT_SCOPE" | "OPERATORS_ONLY" | "FOREIGN_ORIGIN" | "NOT_FOUND" | "WORKSPACE_NOT_FOUND" | "JOB_NOT_FOUND" | "SCHEDULE_NOT_FOUND" | "EFFECT_NOT_FOUND" | "FLAG_NOT_FOUND" | "WINDOW_NOT_FOUND" | "KEY_NOT_FOUND" | "DECISION_NOT_FOUND" | "ROLLOUT_NOT_FOUND" | "ORDER_NOT_FOUND" | "METHOD_NOT_ALLOWED" | "REQUEST_TIMEOUT" | "JOB_NOT_DEAD" | "EFFECT_NOT_UNKNOWN" | "JOB_RECORDED" | "JOB_FINISHED" | "NO_HANDLERS" | "LEDGER_OFF" | "WORKSPACE_DRAINING" | "DECISION_BROKEN" | "ROLLOUT_EXISTS" | "FEATURE_BUSY" | "ROLLOUT_REFUSED" | "DRILLS_OFF" | "VERSION_CONFLICT" | "BODY_TOO_LARGE" | "JOB_TOO_LARGE" | "BATCH_TOO_LONG" | "UNSUPPORTED_MEDIA_TYPE" | "IDEMPOTENCY_KEY_REUSED" | "BACKLOG_FULL" | "TOO_MANY_ATTEMPTS" | "HEADERS_TOO_LARGE" | "INTERNAL" | "CONFIG_INVALID" | "HANDLERS_INVALID" | "REDIS_UNAVAILABLE" | "REDIS_PRESSURE" | "CONTENTION" | "DISPATCH_FAILED" | "REDIS_REFUSED" | "LEDGER_UNAVAILABLE" | "NOT_DECIDED" | "NOT_READY" | "SHUTTING_DOWN";
            /**
             * @description Of backpressure: what it is for, as the decisions of the controller call it
             * @enum {string}
             */
            reason?: "none" | "quota_exhausted" | "capacity_exhausted" | "rate_tokens_exhausted" | "queue_age_over_target" | "backlog_limit" | "contention_guardrail" | "redis_pressure" | "operator_pause" | "cleared";
            /** @description What is wrong with this request */
            detail: string;
            /**
             * @description Of backpressure: why the jobs that are there do not run
             * @enum {string}
             */
            waitingReason?: "none" | "quota_exhausted" | "capacity_exhausted" | "rate_tokens_exhausted" | "queue_age_over_target" | "backlog_limit" | "contention_guardrail" | "redis_pressure" | "operator_pause" | "cleared";
            /** @description `urn:uuid:` and the id of the request, which the log has too */
            instance?: string;
            /** @description What helps */
            fix?: string;
            /** @description The fields that are not valid; the path of the whole is empty */
            errors?: {
                path: string;
                message: string;
            }[];
            /** @description As Retry-After has it */
            retryAfterSeconds?: number;
        };
        Replica: {
            id: string;
            /** @description Jobs that it can run at once */
            slots: number;
            running: number;
            /** @description It takes no more jobs, and ends when it has none */
            draining: boolean;
            /** Format: date-time */
            seenAt: string;
        };
        Rollout: {
            name: string;
            feature: string;
            /** @enum {string} */
            status: "draft" | "running" | "paused" | "completed" | "aborted" | "rolled_back";
            /** @description From 0 */
            stage: number;
            /** @description Of workspaces that have the feature, in basis points */
            shareBp: number;
            /** @description The last one */
            order: {
                /** @enum {string} */
                order: "start" | "pause" | "resume" | "abort";
                actor: string;
                /** @description False: it waits for the next tick */
                isTaken: boolean;
            } | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            endedAt: string | null;
        };
        RolloutStage: {
            stage: number;
            shareBp: number;
            /** Format: date-time */
            startedAt: string;
            endedAt: string | null;
            /** @description The reason code of the decision that ended it */
            outcome: string | null;
            /** @description Jobs that its cohort had finished then */
            cohortFinished: number | null;
        };
        Scaler: {
            /** @description What to state so that the tolerance swallows no raise: `desiredReplicas`, or a little more */
            replicas: number;
            desiredReplicas: number;
            /** @description Alive and not draining */
            runningReplicas: number;
            /** @description Jobs that may run at once */
            capacity: number;
            /** @description Id of the decision that set it */
            decision: string;
        };
        StartDrillRequest: {
            /**
             * @description What is measured
             * @enum {string}
             */
            signal: "claim_latency" | "locks_lost" | "stalled_jobs" | "event_loop_delay" | "ledger_lag" | "redis_memory" | "failure_rate" | "duplicate_sends";
            /** @description ms of claim_latency, event_loop_delay and ledger_lag; basis points of locks_lost, stalled_jobs, redis_memory and failure_rate; of duplicate_sends how many more. Null: not measurable */
            value: number | null;
            /**
             * @description In words, for who asks tomorrow
             * @example load test until noon
             */
            reason: string;
            /** @description After how long it ends by itself */
            expiresInSeconds: number;
        };
        StepCapacityRequest: {
            /** @description Jobs at once more, or fewer */
            by: number;
            /**
             * @description In words, for who asks tomorrow
             * @example load test until noon
             */
            reason: string;
            /**
             * @description After how long it is void, when no tick has taken it
             * @default 600
             */
            expiresInSeconds?: number;
        };
        /** @description What is decided about */
        Subject: {
            /** @enum {string} */
            type: "cluster" | "workspace" | "rollout";
            /** @description A workspace, a rollout, or `cluster` */
            id: string;
        };
        SubjectEnd: {
            /**
             * @description What is decided
             * @enum {string}
             */
            kind: "autoscale" | "promotion" | "backpressure" | "rollout";
            subject: components["schemas"]["Subject"];
            seq: number;
            hash: string;
        };
        SwitchDecisionsOffRequest: {
            /**
             * @description In words, for who asks tomorrow
             * @example load test until noon
             */
            reason: string;
            /** @description After how long it ends by itself */
            expiresInSeconds?: number;
        };
        VerifyDecisionsAnswer: {
            ok: boolean;
            recomputed: number;
            /** @description Of another engine: only their chain was checked */
            otherVersion: number;
            subjects: number;
            differences: {
                id: string;
                code: string;
                words: string;
            }[];
        };
        VerifyDecisionsRequest: {
            /**
             * @description What is decided
             * @enum {string}
             */
            kind: "autoscale" | "promotion" | "backpressure" | "rollout";
            subject: components["schemas"]["Subject"];
        };
        VerifySubjectsAnswer: {
            ok: boolean;
            recomputed: number;
            /** @description Of another engine: only their chain was checked */
            otherVersion: number;
            subjects: number;
            differences: {
                id: string;
                code: string;
                words: string;
            }[];
            nextCursor: string | null;
        };
        VerifySubjectsRequest: {
            /** @description Of the page before; none: from the first subject */
            cursor?: string;
        };
    };
    responses: {
        /** @description `BODY_TOO_LARGE`: The body is too large. */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "BODY_TOO_LARGE";
                };
            };
        };
        /** @description `DECISION_BROKEN`: The decision is not as it was written. */
        DecisionBroken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "DECISION_BROKEN";
                };
            };
        };
        /** @description `DECISION_NOT_FOUND`: There is no such decision. */
        DecisionNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "DECISION_NOT_FOUND";
                };
            };
        };
        /** @description `DRILLS_OFF`: Exercises are off here. */
        DrillsOff: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "DRILLS_OFF";
                };
            };
        };
        /** @description `FEATURE_BUSY`: Another rollout of the feature is not over. `ROLLOUT_EXISTS`: There is a rollout of this name. */
        FeatureBusyOrRolloutExists: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "FEATURE_BUSY" | "ROLLOUT_EXISTS";
                };
            };
        };
        /** @description `HEADERS_TOO_LARGE`: The headers are too large. */
        HeadersTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "HEADERS_TOO_LARGE";
                };
            };
        };
        /** @description `INSUFFICIENT_SCOPE`: The key does not allow this. `OPERATORS_ONLY`: This is for operators. */
        InsufficientScopeOrOperatorsOnly: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INSUFFICIENT_SCOPE" | "OPERATORS_ONLY";
                };
            };
        };
        /** @description `INTERNAL`: Something went wrong on our side. */
        Internal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INTERNAL";
                };
            };
        };
        /** @description `INVALID_REQUEST`: The request is not valid. */
        InvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INVALID_REQUEST";
                };
            };
        };
        /** @description `INVALID_REQUEST`: The request is not valid. `MALFORMED_JSON`: The body is not valid JSON. */
        InvalidRequestOrMalformedJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INVALID_REQUEST" | "MALFORMED_JSON";
                };
            };
        };
        /** @description `LEDGER_UNAVAILABLE`: Postgres does not answer. `NOT_DECIDED`: Nothing was decided yet. `REDIS_REFUSED`: Redis refused the command. `REDIS_UNAVAILABLE`: Redis does not answer. `SHUTTING_DOWN`: The service is shutting down. */
        LedgerUnavailableOrNotDecidedOrRedisRefusedOrRedisUnavailableOrShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "LEDGER_UNAVAILABLE" | "NOT_DECIDED" | "REDIS_REFUSED" | "REDIS_UNAVAILABLE" | "SHUTTING_DOWN";
                };
            };
        };
        /** @description `LEDGER_UNAVAILABLE`: Postgres does not answer. `REDIS_REFUSED`: Redis refused the command. `REDIS_UNAVAILABLE`: Redis does not answer. `SHUTTING_DOWN`: The service is shutting down. */
        LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "LEDGER_UNAVAILABLE" | "REDIS_REFUSED" | "REDIS_UNAVAILABLE" | "SHUTTING_DOWN";
                };
            };
        };
        /** @description `LEDGER_UNAVAILABLE`: Postgres does not answer. `SHUTTING_DOWN`: The service is shutting down. */
        LedgerUnavailableOrShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "LEDGER_UNAVAILABLE" | "SHUTTING_DOWN";
                };
            };
        };
        /** @description `NOT_READY`: The service is not ready. `SHUTTING_DOWN`: The service is shutting down. */
        NotReadyOrShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "NOT_READY" | "SHUTTING_DOWN";
                };
            };
        };
        /** @description `ORDER_NOT_FOUND`: No such order is in force. */
        OrderNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "ORDER_NOT_FOUND";
                };
            };
        };
        /** @description `REQUEST_TIMEOUT`: The request took too long to arrive. */
        RequestTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "REQUEST_TIMEOUT";
                };
            };
        };
        /** @description `ROLLOUT_NOT_FOUND`: There is no such rollout. */
        RolloutNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "ROLLOUT_NOT_FOUND";
                };
            };
        };
        /** @description `ROLLOUT_REFUSED`: The rollout does not take this order now. */
        RolloutRefused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "ROLLOUT_REFUSED";
                };
            };
        };
        /** @description `SHUTTING_DOWN`: The service is shutting down. */
        ShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "SHUTTING_DOWN";
                };
            };
        };
        /** @description `UNAUTHENTICATED`: Credentials are needed. */
        Unauthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "UNAUTHENTICATED";
                };
            };
        };
        /** @description `UNSUPPORTED_MEDIA_TYPE`: The content type is not supported. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "UNSUPPORTED_MEDIA_TYPE";
                };
            };
        };
        /** @description `WORKSPACE_NOT_FOUND`: There is no such workspace. */
        WorkspaceNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "WORKSPACE_NOT_FOUND";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description How long to wait, in whole seconds, before the same request is worth sending again. */
        RetryAfter: number;
        /** @description The way to authenticate: Bearer. */
        WwwAuthenticate: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getCapacity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Capacity, the decision that set it, and who is there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capacity"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    pinCapacity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PinCapacityRequest"];
            };
        };
        responses: {
            /** @description The pin. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    releaseCapacity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is over. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["OrderNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    stepCapacity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StepCapacityRequest"];
            };
        };
        responses: {
            /** @description It waits for the next tick. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getScaler: {
        parameters: {
            query?: {
                /** @description Tolerance of the reader for raises, basis points: Kubernetes has 10 % by default */
                toleranceBp?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wanted, and what is there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scaler"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrNotDecidedOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    listDecisions: {
        parameters: {
            query?: {
                /** @description What is decided */
                kind?: "autoscale" | "promotion" | "backpressure" | "rollout";
                /** @description A workspace, a rollout, or `cluster` */
                subject?: string;
                /** @description A reason code */
                reason?: string;
                /** @description `true`: only what raised or lowered something */
                changes?: "true" | "false";
                /** @description Decided then or later */
                since?: string;
                /** @description Decided before then */
                until?: string;
                /** @description Of an earlier page */
                cursor?: number;
                /** @description The position of the last decision that is known: the oldest first after it. Who goes on so misses none */
                after?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of decisions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDecisionsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getDecision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of a decision
                 * @example promotion:acme:12
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision, and its record. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetDecisionAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["DecisionNotFound"];
            409: components["responses"]["DecisionBroken"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    explainDecision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of a decision
                 * @example promotion:acme:12
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainDecisionAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["DecisionNotFound"];
            409: components["responses"]["DecisionBroken"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    verifyDecisions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyDecisionsRequest"];
            };
        };
        responses: {
            /** @description What was found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyDecisionsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["DecisionNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listSubjects: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of subjects. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListSubjectsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    verifySubjects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifySubjectsRequest"];
            };
        };
        responses: {
            /** @description What was found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifySubjectsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The policy. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetPolicyAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listOverrides: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The orders. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOverridesAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    freezePromotions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FreezePromotionsRequest"];
            };
        };
        responses: {
            /** @description The freeze. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["WorkspaceNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    releasePromotions: {
        parameters: {
            query?: {
                /** @description Only this one; default: all */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is over. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["OrderNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    switchDecisionsOff: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What is decided */
                kind: "autoscale" | "promotion" | "backpressure" | "rollout";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SwitchDecisionsOffRequest"];
            };
        };
        responses: {
            /** @description The order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    switchDecisionsOn: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What is decided */
                kind: "autoscale" | "promotion" | "backpressure" | "rollout";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The next tick takes them. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["OrderNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listRollouts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollouts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListRolloutsAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    createRollout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateRolloutRequest"];
            };
        };
        responses: {
            /** @description The draft. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["FeatureBusyOrRolloutExists"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getRollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a rollout
                 * @example runtime-fairness
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout, its stages, and the last decision about it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetRolloutAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["RolloutNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    orderRollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a rollout
                 * @example runtime-fairness
                 */
                name: string;
                order: "start" | "pause" | "resume" | "abort";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout, with the order. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["RolloutNotFound"];
            409: components["responses"]["RolloutRefused"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listDrills: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those in force, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDrillsAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    startDrill: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartDrillRequest"];
            };
        };
        responses: {
            /** @description It runs. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["DrillsOff"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    stopDrill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What is measured */
                name: "claim_latency" | "locks_lost" | "stalled_jobs" | "event_loop_delay" | "ledger_lag" | "redis_memory" | "failure_rate" | "duplicate_sends";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is over: the next tick sees what is measured. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["OrderNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetHealthAnswer"];
                };
            };
            431: components["responses"]["HeadersTooLarge"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetReadinessAnswer"];
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            503: components["responses"]["NotReadyOrShuttingDown"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the text format of Prometheus. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            431: components["responses"]["HeadersTooLarge"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetOpenApiAnswer"];
                };
            };
            /** @description It is the one of If-None-Match. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            431: components["responses"]["HeadersTooLarge"];
            503: components["responses"]["ShuttingDown"];
        };
    };
}
