/** What the local stack takes from the environment; the only place that reads it. */
export interface LocalConfig {
  /** A Redis to use instead of a private one. */
  readonly redisUrl: string | undefined;
  /** Passed on to the services, without what would bind them to fixed ports or foreign servers. */
  readonly serviceEnv: NodeJS.ProcessEnv;
}

export type ConfigOutcome = { outcome: 'ok'; config: LocalConfig } | { outcome: 'wrong'; message: string };

/** Reads and checks the environment. `replay`: the demo is wanted too. */
export function readConfig(env: NodeJS.ProcessEnv, { replay }: { replay: boolean }): ConfigOutcome {
  const {
    REDIS_URL,
    REDIS_URL_FILE: _redisFile,
    LOG_LEVEL,
    DATABASE_URL: _url,
    DATABASE_URL_FILE: _urlFile,
    FAIRLEAD_BOOTSTRAP_KEY: _key,
    FAIRLEAD_BOOTSTRAP_KEY_FILE: _keyFile,
    FAIRLEAD_BOARD_PASSWORD_FILE: _passwordFile,
    PORT: _port,
    HOST: _host,
    ...rest
  } = env;
  // At a higher level than info a service would not say where it listens.
  const serviceEnv = {
    ...rest,
    LOG_LEVEL: LOG_LEVEL === 'debug' || LOG_LEVEL === 'trace' ? LOG_LEVEL : 'info',
  };
  const redisUrl = REDIS_URL === undefined || REDIS_URL === '' ? undefined : REDIS_URL;
  if (redisUrl !== undefined && !isRedisUrl(redisUrl)) {
    return {
      outcome: 'wrong',
      // Not what it is: there may be a password in it.
      message:
        'REDIS_URL is no address of a Redis. It looks like redis://127.0.0.1:6379; unset it for a private one.',
    };
  }
  if (replay && rest['FAIRLEAD_HANDLERS']) {
    return {
      outcome: 'wrong',
      message:
        'FAIRLEAD_HANDLERS takes the place of the demo handlers, and the replay needs those: add --no-demo.',
    };
  }
  return { outcome: 'ok', config: { redisUrl, serviceEnv } };
}

function isRedisUrl(value: string): boolean {
  return URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol);
}
