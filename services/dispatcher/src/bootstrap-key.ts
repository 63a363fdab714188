/**
 * The first key of an installation: it comes from the environment, for nobody can ask for a key without having one.
 * It is ensured once, as soon as Postgres answers; revoked, it stays so.
 */
import { ProblemError, pause } from '@fairlead/http';
import type { ApiKeys } from '@fairlead/ledger';

export interface BootstrapKeyParts {
  readonly apiKeys: Pick<ApiKeys, 'ensure'>;
  /** Undefined: there is nothing to do. */
  readonly key: string | undefined;
  readonly logger: { warn(fields: object, message: string): void };
  readonly everyMs?: number;
}

export interface BootstrapKey {
  start(): void;
  stop(): Promise<void>;
  /** @throws ProblemError NOT_READY until the key can be used */
  ready(): Promise<void>;
}

const EVERY_MS = 1_000;

export function createBootstrapKey(parts: BootstrapKeyParts): BootstrapKey {
  const { apiKeys, key, logger, everyMs = EVERY_MS } = parts;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let missing: string | undefined = key === undefined ? undefined : 'it was not tried yet';

  async function ensure(wanted: string): Promise<void> {
    while (missing !== undefined && !stopping.signal.aborted) {
      try {
        const { prefix, revokedAt } = await apiKeys.ensure(wanted, {
          label: 'bootstrap',
          scopes: ['admin'],
          createdBy: 'bootstrap',
        });
        missing = undefined;
        if (revokedAt !== null) logger.warn({ prefix }, 'the bootstrap key is revoked, and opens nothing');
      } catch (error) {
        const reason = (error as Error).message;
        if (reason !== missing) logger.warn({ reason }, 'the bootstrap key cannot be stored; trying again');
        missing = reason;
        await pause(everyMs, stopping.signal);
      }
    }
  }

  return {
    start() {
      if (key !== undefined) running ??= ensure(key);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    async ready() {
      if (missing !== undefined) throw new ProblemError('NOT_READY', 'it is not stored yet');
    },
  };
}
