import { randomBytes } from 'node:crypto';
import { type Client, createClient } from '@fairlead/client';
import { applyMigrations } from '@fairlead/ledger';
import {
  privatePostgres,
  privateRedis,
  startProcess,
  type TestPostgres,
  type TestRedis,
  waitFor,
} from '@fairlead/testkit';

export interface Cluster {
  readonly redis: TestRedis;
  readonly postgres: TestPostgres;
  /** Of an admin. */
  readonly apiKey: string;
  readonly api: Client;
  /** FAIRLEAD_URL and FAIRLEAD_API_KEY. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const DISPATCHER = new URL('../../../services/dispatcher/src/main.ts', import.meta.url);

/** A dispatcher as a process of its own, over private servers, with an admin's key. */
export async function startCluster(): Promise<Cluster> {
  const [redis, postgres] = await Promise.all([
    privateRedis({ config: ['--maxmemory', '256mb'] }),
    privatePostgres(),
  ]);
  await applyMigrations(postgres.url);
  const apiKey = `flk_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;
  const dispatcher = await startProcess(DISPATCHER, {
    env: {
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url,
      FAIRLEAD_BOOTSTRAP_KEY: apiKey,
      HOST: '',
      PORT: '',
      LOG_LEVEL: '',
    },
  });
  const api = createClient({ url: dispatcher.url, apiKey, retry: false });
  await waitFor(
    () =>
      api.getReadiness().then(
        () => true,
        () => false,
      ),
    {
      what: 'the dispatcher is ready',
      deadlineMs: 60_000,
    },
  );
  return {
    redis,
    postgres,
    apiKey,
    api,
    env: { FAIRLEAD_URL: dispatcher.url, FAIRLEAD_API_KEY: apiKey },
    async stop() {
      await dispatcher.stop();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}
