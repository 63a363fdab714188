/**
 * Gathers what comes in while a call is under way into the next call: no timer, no added latency when
 * idle, large batches under load.
 *
 * @param send takes at most `limit` items and answers one result an item, in order
 */
export function createBatcher<T, R>(
  limit: number,
  send: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  interface Waiting {
    readonly item: T;
    readonly resolve: (result: R) => void;
    readonly reject: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  let sending = false;

  async function run(): Promise<void> {
    sending = true;
    // One turn of the event loop, so that what settles together goes together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.splice(0, limit);
      try {
        const results = await send(batch.map((entry) => entry.item));
        batch.forEach((entry, i) => {
          entry.resolve(results[i] as R);
        });
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    sending = false;
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!sending) void run();
    });
}
