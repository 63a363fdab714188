import type { Client, PoolClient } from 'pg';

/** What the driver says when a statement took longer than `query_timeout`. */
const LATE = 'Query read timeout';

/**
 * Closes the connection when one of its statements is too late. The driver itself only stops waiting, and drops what is
 * queued behind the statement, a ROLLBACK too: the pool would hand the connection out again in the middle of a
 * transaction, and the next user's statements would be part of that, committed with it or lost with it.
 */
export function closeWhenLate(client: PoolClient): void {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    const answer = send(...given);
    // Without a promise there is a callback: the pool's own, which closes the connection after any error.
    if (answer instanceof Promise) {
      answer.catch((error: Error) => {
        if (error.message === LATE) (client as unknown as Client).connection.stream.destroy();
      });
    }
    return answer;
  }) as typeof client.query;
}
