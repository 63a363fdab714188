import { FairleadError, policyFrom } from '@fairlead/core';
import { createLogger, createServiceApp, type Scope, startServer } from '@fairlead/http';
import { applyMigrations, createLedger, type Fence, type Ledger } from '@fairlead/ledger';
import { privatePostgres, type TestPostgres } from '@fairlead/testkit';
import type { Express } from 'express';
import type { LiveReplica } from '../src/api-parts.ts';
import { createApiRouter } from '../src/api-router.ts';
import { policiesOf } from '../src/policies.ts';

/** What is to differ from the default policy. */
export const POLICY = { autoscale: { cap: 4_096 } };

export interface OpenApiServer {
  readonly url: string;
  readonly app: Express;
  readonly ledger: Ledger;
  readonly postgres: TestPostgres;
  /** Of who decides. */
  readonly fence: Fence;
  /** An admin's. */
  readonly key: string;
  /** Consumers that are said to be alive. */
  readonly replicas: LiveReplica[];
  /** Whether they can be asked for. */
  redis: 'there' | 'away';
  keyWith(scopes: readonly Scope[], workspace?: string): Promise<string>;
  close(): Promise<void>;
}

/** The API of a controller over a real Postgres, without the controller: consumers are what a test says. */
export async function openApi(drills: 'on' | 'off' = 'on'): Promise<OpenApiServer> {
  const postgres = await privatePostgres();
  await applyMigrations(postgres.url);
  const ledger = createLedger({ databaseUrl: postgres.url });
  const held = await ledger.leases.acquire('controller', 'host-1', 600_000);
  if (held.outcome !== 'held') throw new Error('the lease is not held');
  const replicas: LiveReplica[] = [];
  const listReplicas = async () => {
    if (opened.redis === 'there') return replicas;
    throw new FairleadError('REDIS_UNAVAILABLE', 'it does not answer');
  };
  const app = createServiceApp({
    logger: createLogger('controller', 'silent', { write() {} }),
    routes: createApiRouter({
      ledger,
      replicas: listReplicas,
      drills,
      leaseName: 'controller',
      policies: policiesOf(policyFrom(POLICY)),
      policySource: 'FAIRLEAD_POLICY',
      leads: () => true,
    }),
    readiness: async () => {},
    metrics: (_req, res) => void res.type('text/plain').send('up 1\n'),
  });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  const keyWith = async (scopes: readonly Scope[], workspace?: string) =>
    (await ledger.apiKeys.create({ label: 'test', scopes, workspace, createdBy: 'test' })).key;
  const opened: OpenApiServer = {
    url: server.url,
    app,
    ledger,
    postgres,
    fence: held.fence,
    key: await keyWith(['admin']),
    replicas,
    redis: 'there',
    keyWith,
    async close() {
      await server.close(2_000);
      await ledger.close();
      await postgres.stop();
    },
  };
  return opened;
}
