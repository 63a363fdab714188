import { afterAll, beforeAll } from '@jest/globals';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

type Options = Omit<Parameters<typeof openDispatcher>[0], 'redisUrl' | 'databaseUrl'>;

export interface DispatcherRig {
  readonly servers: Servers;
  readonly dispatcher: OpenDispatcher;
}

/** Declares a dispatcher over private servers for a test file; both live as long as its tests. */
export function useDispatcher(options: Options = {}): DispatcherRig {
  let parts: DispatcherRig | undefined;
  const started = () => {
    if (!parts) throw new Error('the dispatcher starts in beforeAll');
    return parts;
  };
  beforeAll(async () => {
    const servers = await startServers();
    const urls = { redisUrl: servers.redis.url, databaseUrl: servers.postgres.url };
    parts = { servers, dispatcher: await openDispatcher({ ...urls, ...options }) };
  });
  afterAll(async () => {
    await parts?.dispatcher.close();
    await parts?.servers.stop();
  });
  return {
    get servers() {
      return started().servers;
    },
    get dispatcher() {
      return started().dispatcher;
    },
  };
}
