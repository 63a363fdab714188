/** Step 4: over HTTP, into the ledger. The program has no connection to Redis any more, and the consumer is a service. */
// #region app
import { type ClientOptions, createClient } from '@fairlead/client';
import type { Mail, SendOptions } from '../mail-app.ts';

export function createSender(dispatcher: ClientOptions) {
  const api = createClient(dispatcher);

  return {
    /** Once this resolves the mail is durable in Postgres. */
    async send(tenant: string, mail: Mail, { id, delayMs, priority }: SendOptions = {}): Promise<string> {
      const job = await api.addJob({
        workspace: tenant,
        // Now for as long as the ledger remembers, and the call is repeated by itself when no answer comes.
        ...(id === undefined ? {} : { idempotencyKey: id }),
        body: {
          type: 'mail.send',
          payload: mail,
          maxAttempts: 3,
          backoff: { type: 'exponential', delayMs: 100 },
          ...(delayMs === undefined ? {} : { delayMs }),
          ...(priority === undefined ? {} : { priority }),
        },
      });
      return job.id;
    },
    /** Weights and quotas, effective on the backlog that is there. */
    async prefer(tenant: string): Promise<void> {
      await api.updateWorkspace({
        workspace: tenant,
        body: { weight: 2, concurrency: 10, ratePerSecond: 50, burst: 50 },
      });
    },
  };
}
// #endregion app
