// Generated from openapi.json by `npm run generate:client`: change the declarations instead.

export interface paths {
    "/v1/workspaces/{workspace}/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description The newest first, as the ledger has them.
         *
         *     Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Add a job
         * @description After the answer the job is durable. The workspace is created when it is new.
         *
         *     Needs a key that has the scope `enqueue` and is bound to this workspace or to none.
         */
        post: operations["addJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs:batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add many jobs, of many workspaces
         * @description A JSON array, or one job a line (NDJSON): at most 10,000 jobs and 64 MiB. Each is accepted or refused by itself.
         *
         *     Needs a key that has the scope `enqueue`. For one that is bound to a workspace, no other exists.
         */
        post: operations["addJobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a job
         * @description While it waits, with its place and why it does not start.
         *
         *     Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job
         * @description No attempt of it begins any more, and the signal of a running one is aborted.
         *
         *     Needs a key that has the scope `operate` and is bound to this workspace or to none.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a dead letter
         * @description It gets all its attempts again.
         *
         *     Needs a key that has the scope `operate` and is bound to this workspace or to none.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/dead": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters
         * @description Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["listDead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/dead:redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry many dead letters
         * @description The oldest first, with all their attempts again; no more than the workspace has room for.
         *
         *     Needs a key that has the scope `operate` and is bound to this workspace or to none.
         */
        post: operations["redriveDead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/effects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List effects that wait for somebody to decide
         * @description Effects of `ctx.once` of which nobody knows whether they happened: their attempt did not come back, and another one asked since. The job of that one is a dead letter. In the order of their keys.
         *
         *     Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["listEffects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/effects:resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say whether an effect happened
         * @description Only of one whose outcome is unknown. `done`: it happened; attempts do not run it any more, and get `result`. `again`: it did not; the next attempt runs it. Then retry the job, which is a dead letter.
         *
         *     Needs a key that has the scope `operate` and is bound to this workspace or to none.
         */
        post: operations["resolveEffect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List workspaces
         * @description In the order of their names.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listWorkspaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a workspace
         * @description Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the settings of a workspace
         * @description It holds for the backlog too, from the next claim on. The workspace is created when it is new and no version was given.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        patch: operations["updateWorkspace"];
        trace?: never;
    };
    "/v1/workspaces/{workspace}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a workspace
         * @description No job of it is started; jobs are accepted all the same.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["pauseWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drain a workspace
         * @description New jobs are refused, at every dispatcher within a second; those that it has are finished. Its schedules do not fire. Its state is `draining`, then `drained`; resume ends it.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["drainWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a workspace
         * @description It ends a pause and a drain.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["resumeWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces:backfill-high-quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make existing workspaces eligible for the higher quota
         * @description Sets `highQuotaEnabled` in all that exist, a page of them at a time: ask again with the cursor until it is null. The controller promotes none of them for it, but may from its next tick on.
         *
         *     Needs a key that has the scope `operate` and is bound to no workspace.
         */
        post: operations["backfillHighQuota"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List schedules
         * @description In the order of their names.
         *
         *     Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["listSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace}/schedules/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a schedule
         * @description Needs a key that has the scope `read` and is bound to this workspace or to none.
         */
        get: operations["getSchedule"];
        /**
         * Create or replace a schedule
         * @description Each occurrence is a job of its own. The workspace is created when it is new.
         *
         *     Needs a key that has the scope `operate` and is bound to this workspace or to none.
         */
        put: operations["putSchedule"];
        post?: never;
        /**
         * Delete a schedule
         * @description Jobs that it has added stay.
         *
         *     Needs a key that has the scope `operate` and is bound to this workspace or to none.
         */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dispatch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what became of windows
         * @description The newest first, by when they were first posted.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listDispatchWindows"];
        put?: never;
        /**
         * Dispatch the jobs of a window, once
         * @description For cron callers: the first post of a source in a window adds the jobs, the others get its answer. Sources of a key that is bound to a workspace are that workspace’s own.
         *
         *     Needs a key that has the scope `enqueue`. For one that is bound to a workspace, no other exists.
         */
        post: operations["dispatchWindow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dispatch/{dispatchKey}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a window
         * @description Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["getDispatchWindow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/function-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what ran inline
         * @description The newest first.
         *
         *     Needs a key that has the scope `read` and is bound to no workspace.
         */
        get: operations["listFunctionRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the switches
         * @description Needs a key that has the scope `admin` and is bound to no workspace.
         */
        get: operations["listFlags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flags/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a switch
         * @description Needs a key that has the scope `admin` and is bound to no workspace.
         */
        get: operations["getFlag"];
        /**
         * Set a switch
         * @description All dispatchers go by it within a second or two.
         *
         *     Needs a key that has the scope `admin` and is bound to no workspace.
         */
        put: operations["setFlag"];
        post?: never;
        /**
         * Put a switch back to the value of the configuration
         * @description Needs a key that has the scope `admin` and is bound to no workspace.
         */
        delete: operations["clearFlag"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description The oldest first, revoked ones too.
         *
         *     Needs a key that has the scope `admin` and is bound to no workspace.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description With a workspace it is bound to that one: no other exists for it. The key is shown this once.
         *
         *     Needs a key that has the scope `admin` and is bound to no workspace.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{prefix}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke a key
         * @description At once here, and within a few seconds at other dispatchers. It cannot be undone.
         *
         *     Needs a key that has the scope `admin` and is bound to no workspace.
         */
        post: operations["revokeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See who changed what
         * @description The newest first.
         *
         *     Needs a key that has the scope `admin` and is bound to no workspace.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
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
        AddJobAnswer200: {
            id: string;
            state: string;
            /** @constant */
            duplicate: true;
        };
        AddJobAnswer202: {
            id: string;
            /** @enum {string} */
            state: "waiting" | "delayed" | "accepted";
            /** @description Null: it is not in the queue yet */
            position: number | null;
            /** @description Producers are asked to slow down */
            pressure?: components["schemas"]["Pressure"];
        };
        AddJobsAnswer: {
            accepted: number;
            refused: number;
            /** @description In the order of the jobs */
            results: components["schemas"]["BatchResult"][];
            /** @description Why the jobs after the last result were not looked at */
            incomplete?: components["schemas"]["Problem"];
            /** @description Workspaces of accepted jobs whose producers are asked to slow down */
            pressure?: components["schemas"]["WorkspacePressure"][];
        };
        AddJobsRequest: components["schemas"]["BatchItem"][];
        AuditEntry: {
            id: number;
            /** Format: date-time */
            at: string;
            /** @description `key:` and its prefix, or a service */
            actor: string;
            /** @example workspace.update */
            action: string;
            /** @example workspace:acme */
            subject: string;
            workspace: string | null;
            before: unknown;
            after: unknown;
        };
        BackfillHighQuotaAnswer: {
            /** @description Of this page: changed, or, in a dry run, to be changed */
            rowsUpdated: number;
            /** @description Of all workspaces, those that are eligible now */
            enabled: number;
            /** @description All workspaces */
            total: number;
            nextCursor: string | null;
        };
        BackfillHighQuotaRequest: {
            /**
             * @description Change nothing, and count what would be
             * @default false
             */
            dryRun?: boolean;
            cursor?: string;
            /**
             * @description Workspaces to look at
             * @default 2000
             */
            limit?: number;
        };
        /** @description Between attempts; default: exponential from one second */
        Backoff: {
            /** @enum {string} */
            type: "fixed" | "exponential";
            delayMs: number;
            jitter?: number;
        };
        /**
         * @example {
         *       "workspace": "acme",
         *       "type": "email.send",
         *       "payload": {
         *         "to": "ada@example.com"
         *       }
         *     }
         */
        BatchItem: {
            workspace: string;
            /** @description The same key with the same body is the same job, however often it is sent. */
            idempotencyKey?: string;
            /**
             * @description Which handler runs it
             * @example email.send
             */
            type: string;
            /** @description Any JSON; the handler checks it */
            payload?: unknown;
            /** @description 0, the default, runs first */
            priority?: number;
            delayMs?: number;
            /** Format: date-time */
            runAt?: string;
            maxAttempts?: number;
            backoff?: components["schemas"]["Backoff"];
            /** @description Of one attempt; default: that of the handler */
            timeoutMs?: number;
        };
        BatchResult: {
            index: number;
            /** @constant */
            status: 202;
            id: string;
            /** @enum {string} */
            state: "waiting" | "delayed" | "accepted";
            position: number | null;
        } | {
            index: number;
            /**
             * @description Accepted before, under the same key
             * @constant
             */
            status: 200;
            id: string;
            state: string;
            /** @constant */
            duplicate: true;
        } | {
            index: number;
            status: number;
            problem: components["schemas"]["Problem"];
        };
        CancelJobAnswer: {
            id: string;
            /** @constant */
            state: "cancelled";
            wasRunning: boolean;
        };
        CreateKeyAnswer: {
            /** @description Names the key; it may be shown and logged */
            prefix: string;
            label: string;
            scopes: ("enqueue" | "read" | "operate" | "admin")[];
            /** @description Null: all workspaces */
            workspace: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            /** @description Shown this once */
            key: string;
        };
        CreateKeyRequest: {
            label: string;
            scopes: ("enqueue" | "read" | "operate" | "admin")[];
            workspace?: string;
        };
        DispatchWindow: {
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            attempt: number;
            error: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        DispatchWindowAnswer200: {
            /** @constant */
            mode: "dispatch-duplicate-suppressed";
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            /** @description When it ran inline */
            run?: components["schemas"]["FunctionRun"];
        } | {
            /** @constant */
            mode: "inline-emergency-fallback";
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            run: components["schemas"]["FunctionRun"];
            /** @description Those that ran here; the others of `jobIds` are the queue’s, or were done before */
            jobs: components["schemas"]["InlineJob"][];
            /**
             * Format: date-time
             * @description When the fallback ends by itself
             */
            fallbackEndsAt?: string;
        } | {
            /** @constant */
            mode: "inline-forced";
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            run: components["schemas"]["FunctionRun"];
            /** @description Those that ran here; the others of `jobIds` are the queue’s, or were done before */
            jobs: components["schemas"]["InlineJob"][];
        } | {
            /** @constant */
            mode: "inline-stale-run-recovery";
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            run: components["schemas"]["FunctionRun"];
            /** @description Those that ran here; the others of `jobIds` are the queue’s, or were done before */
            jobs: components["schemas"]["InlineJob"][];
        };
        DispatchWindowAnswer202: {
            /** @constant */
            mode: "dispatch-only";
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            /** @description Workspaces whose producers are asked to slow down */
            pressure?: components["schemas"]["WorkspacePressure"][];
        };
        DispatchWindowProblem: {
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
            /** @constant */
            mode: "dispatch-failed";
            /** @constant */
            retryable: true;
            dispatchKey?: string;
        };
        DispatchWindowRequest: {
            source: string;
            windowSeconds?: number;
            jobs: {
                workspace: string;
                /**
                 * @description Which handler runs it
                 * @example email.send
                 */
                type: string;
                /** @description Any JSON; the handler checks it */
                payload?: unknown;
            }[];
        };
        Effect: {
            effectKey: string;
            /** @description The job whose attempt was at it last */
            jobId: string;
            attempt: number;
            /** @constant */
            outcome: "unknown";
            /** @description How often it happened, or may have, before */
            executions: number;
            /** Format: date-time */
            firstAt: string;
            /**
             * Format: date-time
             * @description The attempt should have been back by then
             */
            unknownSince: string;
        };
        Flag: {
            name: string;
            value: boolean | number | string;
            /**
             * @description `initial`: of the configuration; `set`: at run time
             * @enum {string}
             */
            source: "initial" | "set";
            updatedBy?: string;
            /** Format: date-time */
            updatedAt?: string;
            /**
             * Format: date-time
             * @description When the value ends by itself
             */
            expiresAt?: string;
        };
        FunctionRun: {
            /** @description The dispatch key of the window that it ran */
            runKey: string;
            /** @description The source of that window */
            name: string;
            /** @enum {string} */
            status: "RUNNING" | "SUCCEEDED" | "FAILED";
            /** @description Above 1: the processes of those before died in it */
            attempt: number;
            correlationId: string | null;
            /** Format: date-time */
            startedAt: string;
            finishedAt: string | null;
            durationMs: number | null;
            lastError: string | null;
        };
        GetDispatchWindowAnswer: {
            dispatchKey: string;
            source: string;
            /** Format: date-time */
            windowStart: string;
            windowSeconds: number;
            correlationId: string;
            /** @enum {string} */
            status: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
            jobIds: string[];
            attempt: number;
            error: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            run: components["schemas"]["FunctionRun"] | null;
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
        GetReadinessAnswer: {
            /** @constant */
            status: "ready";
        };
        InlineJob: {
            id: string;
            workspace: string;
            type: string;
            /**
             * @description `left`: not done here, the queue has it; `superseded`: it was cancelled or finished elsewhere meanwhile
             * @enum {string}
             */
            outcome: "succeeded" | "dead" | "left" | "superseded";
            attempts: number;
            /** @description Up to 4,096 characters of JSON */
            result?: unknown;
            /** @description Of the last attempt that failed */
            error?: string;
            progress?: unknown;
            /** @description The last lines, 10 at most */
            log?: string[];
        };
        Job: {
            id: string;
            workspace: string;
            type: string;
            /** @enum {string} */
            state: "accepted" | "queued" | "succeeded" | "dead" | "cancelled" | "waiting" | "active" | "delayed" | "unknown";
            payload?: unknown;
            attempts: number;
            maxAttempts: number;
            priority: number;
            progress?: unknown;
            idempotencyKey?: string;
            result?: unknown;
            lastError?: string;
            /** @description Place in the queue of its workspace, while it waits */
            position?: number;
            /**
             * @description Why it does not run yet
             * @enum {string}
             */
            waitingReason?: "delayed" | "operator_pause" | "quota_exhausted" | "rate_tokens_exhausted" | "rate_limited" | "queue_paused" | "capacity_exhausted" | "no_consumer" | "unknown_type" | "quarantined" | "not_queued_yet" | "redis_pressure";
            /**
             * Format: date-time
             * @description When it will probably start; absent when nothing can be said
             */
            estimatedStartAt?: string;
            createdAt: string | null;
            runAt?: string | null;
            startedAt?: string | null;
            finishedAt?: string | null;
        };
        Key: {
            /** @description Names the key; it may be shown and logged */
            prefix: string;
            label: string;
            scopes: ("enqueue" | "read" | "operate" | "admin")[];
            /** @description Null: all workspaces */
            workspace: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            revokedAt: string | null;
            lastUsedAt: string | null;
        };
        ListAuditAnswer: {
            entries: components["schemas"]["AuditEntry"][];
            nextCursor: string | null;
        };
        ListDeadAnswer: {
            jobs: components["schemas"]["Job"][];
            nextCursor: string | null;
        };
        ListDispatchWindowsAnswer: {
            windows: components["schemas"]["DispatchWindow"][];
            nextCursor: string | null;
        };
        ListEffectsAnswer: {
            effects: components["schemas"]["Effect"][];
            nextCursor: string | null;
        };
        ListFlagsAnswer: {
            flags: components["schemas"]["Flag"][];
        };
        ListFunctionRunsAnswer: {
            runs: components["schemas"]["FunctionRun"][];
            nextCursor: string | null;
        };
        ListJobsAnswer: {
            jobs: components["schemas"]["Job"][];
            nextCursor: string | null;
        };
        ListKeysAnswer: {
            keys: components["schemas"]["Key"][];
        };
        ListSchedulesAnswer: {
            schedules: components["schemas"]["Schedule"][];
            nextCursor: string | null;
        };
        ListWorkspacesAnswer: {
            workspaces: components["schemas"]["Workspace"][];
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "type": "email.send",
         *       "payload": {
         *         "to": "ada@example.com"
         *       },
         *       "delayMs": 5000
         *     }
         */
        NewJob: {
            /**
             * @description Which handler runs it
             * @example email.send
             */
            type: string;
            /** @description Any JSON; the handler checks it */
            payload?: unknown;
            /** @description 0, the default, runs first */
            priority?: number;
            delayMs?: number;
            /** Format: date-time */
            runAt?: string;
            maxAttempts?: number;
            backoff?: components["schemas"]["Backoff"];
            /** @description Of one attempt; default: that of the handler */
            timeoutMs?: number;
        };
        /** @description Backpressure, as the controller has decided it */
        Pressure: {
            /**
             * @description Whose: its own, or everybody’s
             * @enum {string}
             */
            scope: "workspace" | "cluster";
            /**
             * @description `soft`: producers are asked to slow down; `hard`: new jobs are refused
             * @enum {string}
             */
            level: "soft" | "hard";
            /** @enum {string} */
            reason: "none" | "quota_exhausted" | "capacity_exhausted" | "rate_tokens_exhausted" | "queue_age_over_target" | "backlog_limit" | "contention_guardrail" | "redis_pressure" | "operator_pause" | "cleared";
            /**
             * @description Why the jobs that are there do not run
             * @enum {string}
             */
            waitingReason?: "none" | "quota_exhausted" | "capacity_exhausted" | "rate_tokens_exhausted" | "queue_age_over_target" | "backlog_limit" | "contention_guardrail" | "redis_pressure" | "operator_pause" | "cleared";
            /** @description When to come with more, from now */
            retryAfterMs: number;
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
        PutScheduleRequest: {
            cron?: string;
            everyMs?: number;
            tz?: string;
            job: {
                /**
                 * @description Which handler runs it
                 * @example email.send
                 */
                type: string;
                /** @description Any JSON; the handler checks it */
                payload?: unknown;
                /** @description 0, the default, runs first */
                priority?: number;
                maxAttempts?: number;
                backoff?: components["schemas"]["Backoff"];
                /** @description Of one attempt; default: that of the handler */
                timeoutMs?: number;
            };
            paused?: boolean;
            /** @enum {string} */
            missed?: "latest" | "skip" | "all";
        };
        RedriveDeadAnswer: {
            redriven: number;
            ids: string[];
        };
        RedriveDeadRequest: {
            type?: string;
            /** @default 100 */
            limit?: number;
        };
        ResolveEffectAnswer: {
            effectKey: string;
            /** @enum {string} */
            outcome: "done" | "again";
        };
        ResolveEffectRequest: {
            /**
             * @description As the handler gave it to `ctx.once`
             * @example pay:4711
             */
            effectKey: string;
            /** @enum {string} */
            outcome: "done" | "again";
            /** @description What `ctx.once` answers from now on; with `done` */
            result?: unknown;
        };
        RetryJobAnswer: {
            id: string;
            /** @constant */
            state: "accepted";
        };
        Schedule: {
            name: string;
            workspace: string;
            /** @description With `tz`, or `everyMs` in their place */
            cron?: string;
            tz?: string;
            everyMs?: number;
            job: {
                type: string;
                payload: unknown;
                maxAttempts: number;
                priority?: number;
                backoff?: components["schemas"]["Backoff"];
                timeoutMs?: number;
            };
            paused: boolean;
            /** @enum {string} */
            missed: "latest" | "skip" | "all";
            /** @description Null: it never comes due again */
            nextDueAt: string | null;
            lastDueAt: string | null;
            version: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        SetFlagRequest: {
            value: boolean | number | string;
            expiresInSeconds?: number;
        };
        UpdateWorkspaceRequest: {
            displayName?: string | null;
            weight?: number;
            concurrency?: (0 | "quota" | number) | null;
            ratePerSecond?: (0 | "quota" | number) | null;
            burst?: (0 | "quota" | number) | null;
            maxBacklog?: number;
            paused?: boolean;
            highQuotaEnabled?: boolean;
            /** @enum {string} */
            fairness?: "starts" | "runtime";
            version?: number;
        };
        Workspace: {
            name: string;
            displayName: string | null;
            /** Format: date-time */
            createdAt: string;
            /** @description Counts the changes of the settings, from 1 */
            version: number;
            settings: {
                weight: number;
                /** @description Jobs at once; 0: unlimited */
                concurrency: number | "quota";
                /** @description Starts a second; 0: unlimited */
                ratePerSecond: number | "quota";
                /** @description Starts at once after a rest */
                burst: number | "quota";
                maxBacklog: number;
                paused: boolean;
                /** @description It takes no new jobs, and finishes those that it has */
                draining: boolean;
                /** @description Whether the controller may promote it to the higher quota */
                highQuotaEnabled: boolean;
                /**
                 * @description What is shared in proportion to the weights: starts, or the time that jobs run
                 * @enum {string}
                 */
                fairness: "starts" | "runtime";
                /** Format: date-time */
                updatedAt: string;
            };
            /** @description Its place on the ladder: what settings of `quota` stand for */
            quota: number;
            /** @description The numbers that hold for it now, with its quota put in; 0: unlimited */
            limits: {
                concurrency: number;
                ratePerSecond: number;
                burst: number;
            };
            /**
             * @description drained: it takes no new jobs and has none left
             * @enum {string}
             */
            state: "idle" | "ready" | "parked" | "running" | "quarantined" | "draining" | "drained";
            /**
             * @description Why its waiting jobs do not run; absent when none waits
             * @enum {string}
             */
            waitingReason?: "delayed" | "operator_pause" | "quota_exhausted" | "rate_tokens_exhausted" | "rate_limited" | "queue_paused" | "capacity_exhausted" | "no_consumer" | "unknown_type" | "quarantined" | "not_queued_yet" | "redis_pressure";
            /** @description What its producers are asked or told, by it or the cluster; null: nothing */
            pressure: components["schemas"]["Pressure"] | null;
            /** @description What Redis has now. Jobs that are accepted and not in Redis yet are not among them */
            counts: {
                waiting: number;
                active: number;
                delayed: number;
                dead: number;
            };
            /** @description For how long its next job in line could have run; null when there is none */
            oldestRunnableAgeMs: number | null;
            /** @description How it was served in the last seconds */
            service: {
                /** @description Jobs started in the last window */
                starts: number;
                /** @description Length of that window; 0 when nothing was started lately */
                windowMs: number;
                /** @description Part of all starts; null when there were none */
                share: number | null;
                /** @description The part that its weight entitles it to while it has work */
                fairShare: number | null;
                /** @description How far it is behind its fair share, in starts of a workspace of weight 1. Negative: it was served ahead, and others come first */
                lag: number;
            };
        };
        WorkspacePressure: {
            /**
             * @description Whose: its own, or everybody’s
             * @enum {string}
             */
            scope: "workspace" | "cluster";
            /**
             * @description `soft`: producers are asked to slow down; `hard`: new jobs are refused
             * @enum {string}
             */
            level: "soft" | "hard";
            /** @enum {string} */
            reason: "none" | "quota_exhausted" | "capacity_exhausted" | "rate_tokens_exhausted" | "queue_age_over_target" | "backlog_limit" | "contention_guardrail" | "redis_pressure" | "operator_pause" | "cleared";
            /**
             * @description Why the jobs that are there do not run
             * @enum {string}
             */
            waitingReason?: "none" | "quota_exhausted" | "capacity_exhausted" | "rate_tokens_exhausted" | "queue_age_over_target" | "backlog_limit" | "contention_guardrail" | "redis_pressure" | "operator_pause" | "cleared";
            /** @description When to come with more, from now */
            retryAfterMs: number;
            workspace: string;
        };
    };
    responses: {
        /** @description `BACKLOG_FULL`: The workspace has too many waiting jobs. */
        BacklogFull: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "BACKLOG_FULL";
                };
            };
        };
        /** @description `BATCH_TOO_LONG`: The batch has too many jobs. `BODY_TOO_LARGE`: The body is too large. */
        BatchTooLongOrBodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "BATCH_TOO_LONG" | "BODY_TOO_LARGE";
                };
            };
        };
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
        /** @description `BODY_TOO_LARGE`: The body is too large. `JOB_TOO_LARGE`: The job is too large. */
        BodyTooLargeOrJobTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "BODY_TOO_LARGE" | "JOB_TOO_LARGE";
                };
            };
        };
        /** @description `CONTENTION`: The cluster is in contention. `LEDGER_UNAVAILABLE`: Postgres does not answer. `REDIS_PRESSURE`: Redis is too full for new work. `REDIS_REFUSED`: Redis refused the command. `REDIS_UNAVAILABLE`: Redis does not answer. `SHUTTING_DOWN`: The service is shutting down. */
        ContentionOrLedgerUnavailableOrRedisPressureOrRedisRefusedOrRedisUnavailableOrShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "CONTENTION" | "LEDGER_UNAVAILABLE" | "REDIS_PRESSURE" | "REDIS_REFUSED" | "REDIS_UNAVAILABLE" | "SHUTTING_DOWN";
                };
            };
        };
        /** @description `CONTENTION`: The cluster is in contention. `LEDGER_UNAVAILABLE`: Postgres does not answer. `REDIS_PRESSURE`: Redis is too full for new work. `SHUTTING_DOWN`: The service is shutting down. */
        ContentionOrLedgerUnavailableOrRedisPressureOrShuttingDown: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "CONTENTION" | "LEDGER_UNAVAILABLE" | "REDIS_PRESSURE" | "SHUTTING_DOWN";
                };
            };
        };
        /** @description `EFFECT_NOT_FOUND`: There is no such effect in this workspace. `WORKSPACE_NOT_FOUND`: There is no such workspace. */
        EffectNotFoundOrWorkspaceNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "EFFECT_NOT_FOUND" | "WORKSPACE_NOT_FOUND";
                };
            };
        };
        /** @description `EFFECT_NOT_UNKNOWN`: The outcome of the effect is known. `LEDGER_OFF`: This needs the ledger, which is off. */
        EffectNotUnknownOrLedgerOff: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "EFFECT_NOT_UNKNOWN" | "LEDGER_OFF";
                };
            };
        };
        /** @description `FLAG_NOT_FOUND`: There is no such flag. */
        FlagNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "FLAG_NOT_FOUND";
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
        /** @description `IDEMPOTENCY_KEY_REQUIRED`: The job needs an idempotency key. `INVALID_REQUEST`: The request is not valid. `MALFORMED_JSON`: The body is not valid JSON. `WORKSPACE_NAME_INVALID`: The workspace name is not valid. */
        IdempotencyKeyRequiredOrInvalidRequestOrMalformedJsonOrWorkspaceNameInvalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "IDEMPOTENCY_KEY_REQUIRED" | "INVALID_REQUEST" | "MALFORMED_JSON" | "WORKSPACE_NAME_INVALID";
                };
            };
        };
        /** @description `IDEMPOTENCY_KEY_REUSED`: The idempotency key was used for another request. */
        IdempotencyKeyReused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "IDEMPOTENCY_KEY_REUSED";
                };
            };
        };
        /** @description `INSUFFICIENT_SCOPE`: The key does not allow this. */
        InsufficientScope: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INSUFFICIENT_SCOPE";
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
        /** @description `INVALID_REQUEST`: The request is not valid. `MALFORMED_JSON`: The body is not valid JSON. `WORKSPACE_NAME_INVALID`: The workspace name is not valid. */
        InvalidRequestOrMalformedJsonOrWorkspaceNameInvalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INVALID_REQUEST" | "MALFORMED_JSON" | "WORKSPACE_NAME_INVALID";
                };
            };
        };
        /** @description `INVALID_REQUEST`: The request is not valid. `WORKSPACE_NAME_INVALID`: The workspace name is not valid. */
        InvalidRequestOrWorkspaceNameInvalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "INVALID_REQUEST" | "WORKSPACE_NAME_INVALID";
                };
            };
        };
        /** @description `JOB_FINISHED`: The job is finished already. `LEDGER_OFF`: This needs the ledger, which is off. */
        JobFinishedOrLedgerOff: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "JOB_FINISHED" | "LEDGER_OFF";
                };
            };
        };
        /** @description `JOB_NOT_DEAD`: The job is not a dead letter. `LEDGER_OFF`: This needs the ledger, which is off. `WORKSPACE_DRAINING`: The workspace takes no new jobs. */
        JobNotDeadOrLedgerOffOrWorkspaceDraining: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "JOB_NOT_DEAD" | "LEDGER_OFF" | "WORKSPACE_DRAINING";
                };
            };
        };
        /** @description `JOB_NOT_FOUND`: There is no such job in this workspace. */
        JobNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "JOB_NOT_FOUND";
                };
            };
        };
        /** @description `KEY_NOT_FOUND`: There is no such key. */
        KeyNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "KEY_NOT_FOUND";
                };
            };
        };
        /** @description `LEDGER_OFF`: This needs the ledger, which is off. */
        LedgerOff: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "LEDGER_OFF";
                };
            };
        };
        /** @description `LEDGER_OFF`: This needs the ledger, which is off. `NO_HANDLERS`: This dispatcher has no handlers. */
        LedgerOffOrNoHandlers: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "LEDGER_OFF" | "NO_HANDLERS";
                };
            };
        };
        /** @description `LEDGER_OFF`: This needs the ledger, which is off. `WORKSPACE_DRAINING`: The workspace takes no new jobs. */
        LedgerOffOrWorkspaceDraining: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "LEDGER_OFF" | "WORKSPACE_DRAINING";
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
        /** @description `SCHEDULE_NOT_FOUND`: There is no such schedule in this workspace. */
        ScheduleNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "SCHEDULE_NOT_FOUND";
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
        /** @description `VERSION_CONFLICT`: The settings were changed by someone else. */
        VersionConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "VERSION_CONFLICT";
                };
            };
        };
        /** @description `WINDOW_NOT_FOUND`: There is no such dispatch window. */
        WindowNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "WINDOW_NOT_FOUND";
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
    listJobs: {
        parameters: {
            query?: {
                state?: "accepted" | "queued" | "succeeded" | "dead" | "cancelled";
                type?: string;
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListJobsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    addJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body is the same job, however often it is sent. */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewJob"];
            };
        };
        responses: {
            /** @description The same request was accepted before, under the same key. */
            200: {
                headers: {
                    /** @description Where the job can be looked at. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddJobAnswer200"];
                };
            };
            /** @description Accepted. */
            202: {
                headers: {
                    /** @description Where the job can be looked at. */
                    Location?: string;
                    /** @description Producers are asked to slow down: `soft;reason=<reason>;retry-after-ms=<ms>`, a structured field (RFC 9651). */
                    "Fairlead-Pressure"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddJobAnswer202"];
                };
            };
            400: components["responses"]["IdempotencyKeyRequiredOrInvalidRequestOrMalformedJsonOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LedgerOffOrWorkspaceDraining"];
            413: components["responses"]["BodyTooLargeOrJobTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["BacklogFull"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["ContentionOrLedgerUnavailableOrRedisPressureOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    addJobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddJobsRequest"];
                "application/x-ndjson": string;
                "application/ndjson": string;
                "application/jsonl": string;
            };
        };
        responses: {
            /** @description A result for each job. */
            207: {
                headers: {
                    /** @description Producers are asked to slow down: `soft;reason=<reason>;retry-after-ms=<ms>`, a structured field (RFC 9651). */
                    "Fairlead-Pressure"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddJobsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BatchTooLongOrBodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["ContentionOrLedgerUnavailableOrRedisPressureOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
                /** @description Id of a job */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["JobNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
                /** @description Id of a job */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cancelled. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancelJobAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["JobNotFound"];
            409: components["responses"]["JobFinishedOrLedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
                /** @description Id of a job */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted again. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryJobAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["JobNotFound"];
            409: components["responses"]["JobNotDeadOrLedgerOffOrWorkspaceDraining"];
            429: components["responses"]["BacklogFull"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["ContentionOrLedgerUnavailableOrRedisPressureOrShuttingDown"];
        };
    };
    listDead: {
        parameters: {
            query?: {
                type?: string;
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDeadAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    redriveDead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedriveDeadRequest"];
            };
        };
        responses: {
            /** @description Accepted again. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedriveDeadAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJsonOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LedgerOffOrWorkspaceDraining"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["BacklogFull"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["ContentionOrLedgerUnavailableOrRedisPressureOrShuttingDown"];
        };
    };
    listEffects: {
        parameters: {
            query?: {
                outcome?: "unknown";
                /**
                 * @description As the handler gave it to `ctx.once`
                 * @example pay:4711
                 */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of effects. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListEffectsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    resolveEffect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolveEffectRequest"];
            };
        };
        responses: {
            /** @description Resolved. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResolveEffectAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJsonOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["EffectNotFoundOrWorkspaceNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["EffectNotUnknownOrLedgerOff"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of workspaces. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListWorkspacesAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    updateWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateWorkspaceRequest"];
            };
        };
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description The new workspace. */
            201: {
                headers: {
                    /** @description Where the workspace can be looked at. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJsonOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["WorkspaceNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VersionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    pauseWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["WorkspaceNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    drainWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["WorkspaceNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    resumeWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["WorkspaceNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    backfillHighQuota: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BackfillHighQuotaRequest"];
            };
        };
        responses: {
            /** @description What was done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillHighQuotaAnswer"];
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
    listSchedules: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of schedules. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListSchedulesAnswer"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
                /** @description Name of a schedule */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The schedule. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ScheduleNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    putSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
                /** @description Name of a schedule */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutScheduleRequest"];
            };
        };
        responses: {
            /** @description The schedule, replaced. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description The new schedule. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJsonOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ScheduleNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LedgerOff"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrRedisRefusedOrRedisUnavailableOrShuttingDown"];
        };
    };
    deleteSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them
                 * @example acme
                 */
                workspace: string;
                /** @description Name of a schedule */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequestOrWorkspaceNameInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ScheduleNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listDispatchWindows: {
        parameters: {
            query?: {
                source?: string;
                status?: "DISPATCHING" | "ENQUEUED" | "ENQUEUE_FAILED" | "INLINE_EMERGENCY";
                /** @description First posted then or later */
                since?: string;
                /** @description First posted before then */
                until?: string;
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of windows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDispatchWindowsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    dispatchWindow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DispatchWindowRequest"];
            };
        };
        responses: {
            /** @description This window was dispatched before, or its jobs ran inline. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispatchWindowAnswer200"];
                };
            };
            /** @description Enqueued. */
            202: {
                headers: {
                    /** @description Producers are asked to slow down: `soft;reason=<reason>;retry-after-ms=<ms>`, a structured field (RFC 9651). */
                    "Fairlead-Pressure"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispatchWindowAnswer202"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["WorkspaceNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LedgerOffOrWorkspaceDraining"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["BacklogFull"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            /** @description `LEDGER_UNAVAILABLE`: Postgres does not answer. `SHUTTING_DOWN`: The service is shutting down. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["DispatchWindowProblem"] | (components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "LEDGER_UNAVAILABLE" | "SHUTTING_DOWN";
                    });
                };
            };
        };
    };
    getDispatchWindow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description From the answer of its post */
                dispatchKey: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The window, and its run if it ran inline. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetDispatchWindowAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["WindowNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listFunctionRuns: {
        parameters: {
            query?: {
                name?: string;
                status?: "RUNNING" | "SUCCEEDED" | "FAILED";
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListFunctionRunsAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listFlags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListFlagsAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    getFlag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a flag */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The flag. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flag"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["FlagNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    setFlag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a flag */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetFlagRequest"];
            };
        };
        responses: {
            /** @description The flag. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flag"];
                };
            };
            400: components["responses"]["InvalidRequestOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["FlagNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["LedgerOffOrNoHandlers"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    clearFlag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a flag */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The flag. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flag"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["FlagNotFound"];
            409: components["responses"]["LedgerOff"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListKeysAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKeyRequest"];
            };
        };
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreateKeyAnswer"];
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
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The part of the key between flk_ and the next "_" */
                prefix: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is good for nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScopeOrOperatorsOnly"];
            404: components["responses"]["KeyNotFound"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["Internal"];
            503: components["responses"]["LedgerUnavailableOrShuttingDown"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                subject?: string;
                cursor?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListAuditAnswer"];
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
