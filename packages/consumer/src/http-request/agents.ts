import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Socket } from 'node:net';
import type { Guard } from './guard.ts';

export interface Agents {
  /** The one that opens connections for `http:` or `https:`. */
  forProtocol(protocol: string): HttpAgent;
}

/** Shorter than the 5 s after which Node's own servers close an idle connection. */
const IDLE_MS = 4_000;
const MAX_IDLE_PER_ORIGIN = 4;
/** Of all origins together: thousands of endpoints must not use up the file descriptors. */
const MAX_IDLE = 64;

/**
 * Keep-alive agents whose every connection goes through the guard and has its own deadline. Requests beyond
 * `maxSocketsPerOrigin` wait for a free connection; their timeout runs while they do.
 */
export function createAgents(
  guard: Guard,
  limits: { readonly maxSocketsPerOrigin: number; readonly connectTimeoutMs: number },
): Agents {
  const settings = {
    keepAlive: true,
    timeout: IDLE_MS,
    maxSockets: limits.maxSocketsPerOrigin,
    maxFreeSockets: MAX_IDLE_PER_ORIGIN,
  };
  const idle = (agent: HttpAgent) =>
    Object.values(agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);

  function guarded<T extends HttpAgent>(agent: T): T {
    const connect = agent.createConnection.bind(agent);
    const keep = agent.keepSocketAlive.bind(agent);

    agent.createConnection = (options, callback) => {
      const port = Number(options.port);
      const refusal = guard.literalRefusal(String(options.host ?? ''), port);
      if (refusal) {
        // Not at once: the agent does not expect an answer before this returns.
        process.nextTick(() => callback?.(refusal, undefined as never));
        return undefined;
      }
      const socket = connect({ ...options, lookup: guard.lookupFor(port) }, callback);
      if (socket instanceof Socket) {
        const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
        endUnlessReady(socket, ready, limits.connectTimeoutMs);
      }
      return socket;
    };
    // Node's types say that this returns nothing; its documentation, that a falsy answer closes the socket.
    agent.keepSocketAlive = ((socket: Socket) =>
      idle(http) + idle(https) < MAX_IDLE && keep(socket)) as never;
    return agent;
  }

  const http = guarded(new HttpAgent(settings));
  const https = guarded(new HttpsAgent(settings));
  return { forProtocol: (protocol) => (protocol === 'https:' ? https : http) };
}

function endUnlessReady(socket: Socket, ready: 'connect' | 'secureConnect', timeoutMs: number): void {
  const timer = setTimeout(() => {
    const error = new Error(`no connection within ${timeoutMs} ms`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  timer.unref();
  const done = () => clearTimeout(timer);
  socket.once(ready, done);
  socket.once('close', done);
}
