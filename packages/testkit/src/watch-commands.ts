import { createConnection } from 'node:net';

/** A command that a Redis was given. */
export interface SeenCommand {
  /** Its name and its arguments. */
  readonly words: readonly string[];
  /** Whether a client sent it, or a script called it. */
  readonly by: 'client' | 'script';
}

/**
 * Tells every command that a Redis is given, by the server's own MONITOR, on a socket of its own: in ioredis what the
 * server is doing just then may come before the answer to MONITOR, and is taken for it. Resolves when it watches; the
 * function that it gives ends it.
 */
export async function watchCommands(
  url: string,
  onCommand: (seen: SeenCommand) => void,
): Promise<() => void> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const watching = Promise.withResolvers<void>();
  let rest = '';
  socket.setEncoding('utf8').on('error', watching.reject);
  socket.on('data', (text: string) => {
    watching.resolve();
    const lines = (rest + text).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const seen = parseMonitorLine(line);
      if (seen) onCommand(seen);
    }
  });
  socket.write('MONITOR\r\n');
  await watching.promise;
  return () => void socket.destroy();
}

/** `+1732180000.123456 [0 127.0.0.1:54321] "get" "x"`, of a script's own calls `[0 lua]`; undefined for what is none. */
export function parseMonitorLine(line: string): SeenCommand | undefined {
  const [, source, text] = /^\+\d+\.\d+ \[\d+ ([^\]]*)\] (".*)$/.exec(line) ?? [];
  if (source === undefined || text === undefined) return undefined;
  const words = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word);
  return { words, by: source === 'lua' ? 'script' : 'client' };
}
