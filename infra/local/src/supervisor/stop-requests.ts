/**
 * When to stop. One Ctrl-C can arrive three times within a few milliseconds: from the terminal, from the bootstrap
 * that passes signals on, and from npm that does the same. So signals close together are one request.
 */
const ONE_REQUEST_MS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `onRequest(1)` for the first request to stop, `onRequest(2)` for the next… A parent that died without a signal
 * (its IPC channel closes) is a request as well. Returns how to listen no more.
 */
export function onStopRequests(
  onRequest: (count: number) => void,
  source: NodeJS.Process = process,
): () => void {
  let count = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const request = () => {
    const nowMs = performance.now();
    if (nowMs - lastMs < ONE_REQUEST_MS) return;
    lastMs = nowMs;
    onRequest(++count);
  };
  const events = [...SIGNALS, 'disconnect'] as const;
  for (const event of events) source.on(event, request);
  // Stays for ever: an error on stdout that nobody listens to would end us without a stop.
  source.stdout.on('error', request);
  return () => {
    for (const event of events) source.removeListener(event, request);
  };
}
