/** What the example's handlers call: stands in for a mail provider and a printer. */
import { setTimeout as sleep } from 'node:timers/promises';

const receipts = new Map<string, string>();

export const mailer = {
  /** Sends a mail once per key, as providers with idempotency keys do. */
  async send(
    mail: { readonly to: string; readonly subject: string },
    options: { readonly idempotencyKey: string; readonly signal: AbortSignal },
  ): Promise<string> {
    options.signal.throwIfAborted();
    const known = receipts.get(options.idempotencyKey);
    const receipt = known ?? `${mail.to}#${receipts.size + 1}`;
    receipts.set(options.idempotencyKey, receipt);
    return receipt;
  },
};

export async function buildReport(_page: number): Promise<void> {
  await sleep(1);
}

/** Waits; ends early, with the signal's reason, when it aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
