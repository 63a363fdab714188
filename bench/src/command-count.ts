import { createConnection } from 'node:net';

/**
 * Counts the commands that clients send to a Redis during `work`, by the server's own MONITOR; what scripts call inside
 * it is not counted, since it costs no round trip and is in the CPU time.
 */
export async function countCommands(url: string, work: () => Promise<void>): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const monitoring = Promise.withResolvers<void>();
  let rest = '';
  let count = 0;
  socket.setEncoding('utf8').once('error', monitoring.reject);
  socket.on('data', (text: string) => {
    monitoring.resolve();
    const lines = (rest + text).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (isSentByClient(line)) count++;
  });
  socket.write('MONITOR\r\n');
  await monitoring.promise;
  try {
    await work();
    return count;
  } finally {
    socket.destroy();
  }
}

/** `+1732180000.123456 [0 127.0.0.1:54321] "get" "x"`; of a script's own calls it says `[0 lua]`. */
export function isSentByClient(line: string): boolean {
  return /^\+\d+\.\d+ \[\d+ (?!lua\])/.test(line);
}
