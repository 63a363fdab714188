/**
 * A TCP proxy that does to connections what networks do to them, and counts what it did, so that a test can prove that
 * its fault has happened.
 *
 *     client ── lane to the server ──▶ server
 *            ◀── lane to the client ──
 *
 * A lane is a queue: bytes and ends pass through it in order, at once, late, or not until the silence is over. What is
 * held when its connection is reset is lost, as it is with a host that dies.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Random, seeded } from './seeded.ts';

export interface FaultProxy {
  readonly port: number;
  /** The URL, with this proxy in place of its host and port. */
  through(url: string): string;
  /** No fault from now on; what was held goes on its way. */
  pass(): void;
  /** Everything takes this much longer, each way. */
  delay(ms: number): void;
  /** Nothing arrives any more, and nobody is told: connections stay open, new ones are taken. */
  silence(direction?: 'both' | 'to_server'): void;
  /** This share of answers is lost, and their connections with them. An answer is what comes back after something was sent. */
  dropAnswers(share: number): void;
  /** Resets all open connections, once. */
  reset(): void;
  /** Ends all open connections towards the client, once; what the client still sends goes nowhere. */
  halfClose(): void;
  counts(): FaultCounts;
  close(): Promise<void>;
}

export interface FaultCounts {
  readonly connections: number;
  readonly resets: number;
  readonly halfCloses: number;
  readonly delayedChunks: number;
  /** Chunks that met silence. */
  readonly heldChunks: number;
  /** Held, and never delivered. */
  readonly lostChunks: number;
  readonly answers: number;
  readonly droppedAnswers: number;
}

type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'silence'; readonly direction: 'both' | 'to_server' }
  | { readonly kind: 'drop_answers'; readonly share: number };

type Direction = 'to_server' | 'to_client';

/** Bytes, or the end of what one side sends. */
type Item = { readonly bytes: Buffer } | { readonly bytes: undefined };

interface Lane {
  take(item: Item): void;
  flush(): void;
  /** Drops what is held, and gives the number of its chunks. */
  lose(): number;
}

interface Connection {
  readonly client: Socket;
  readonly lanes: readonly [Lane, Lane];
  destroy(): void;
}

/** A proxy on a free port of loopback, before a server on loopback. Its chances are the seed's. */
export async function faultProxy(options: {
  readonly port: number;
  readonly seed?: number;
}): Promise<FaultProxy> {
  const random: Random = seeded(options.seed ?? 1);
  const open = new Set<Connection>();
  let fault: Fault = { kind: 'none' };
  const counts = {
    connections: 0,
    resets: 0,
    halfCloses: 0,
    delayedChunks: 0,
    heldChunks: 0,
    lostChunks: 0,
    answers: 0,
    droppedAnswers: 0,
  };

  function createLane(to: Socket, direction: Direction): Lane {
    const held: Item[] = [];
    const deliver = ({ bytes }: Item) => {
      if (to.destroyed) return;
      if (bytes === undefined) to.end();
      else to.write(bytes);
    };
    const deliverUpTo = (item: Item) => {
      const place = held.indexOf(item);
      for (const due of held.splice(0, place + 1)) deliver(due);
    };
    return {
      take(item) {
        const chunks = item.bytes === undefined ? 0 : 1;
        if (fault.kind === 'silence' && (fault.direction === 'both' || fault.direction === direction)) {
          counts.heldChunks += chunks;
          held.push(item);
        } else if (fault.kind === 'delay') {
          counts.delayedChunks += chunks;
          held.push(item);
          setTimeout(deliverUpTo, fault.ms, item);
        } else {
          deliver(item);
        }
      },
      flush: () => {
        for (const item of held.splice(0)) deliver(item);
      },
      lose: () => held.splice(0).filter(({ bytes }) => bytes !== undefined).length,
    };
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    counts.connections++;
    const upstream = connect({ port: options.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const lanes = [createLane(upstream, 'to_server'), createLane(client, 'to_client')] as const;
    let unanswered = false;

    const connection: Connection = {
      client,
      lanes,
      destroy() {
        if (!open.delete(connection)) return;
        for (const lane of lanes) counts.lostChunks += lane.lose();
        client.resetAndDestroy();
        upstream.destroy();
      },
    };
    open.add(connection);

    client.on('data', (bytes) => {
      unanswered = true;
      lanes[0].take({ bytes });
    });
    upstream.on('data', (bytes) => {
      if (unanswered && fault.kind === 'drop_answers') {
        counts.answers++;
        if (random.chance(fault.share)) {
          counts.droppedAnswers++;
          connection.destroy();
          return;
        }
      }
      unanswered = false;
      lanes[1].take({ bytes });
    });
    client.on('end', () => lanes[0].take({ bytes: undefined }));
    upstream.on('end', () => lanes[1].take({ bytes: undefined }));
    const over = () => {
      if (client.destroyed && upstream.destroyed) open.delete(connection);
    };
    for (const socket of [client, upstream]) {
      socket.on('error', connection.destroy);
      socket.on('close', over);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function become(next: Fault): void {
    fault = next;
    if (next.kind === 'silence') return;
    for (const { lanes } of open) for (const lane of lanes) lane.flush();
  }

  function reset(): void {
    for (const connection of [...open]) {
      counts.resets++;
      connection.destroy();
    }
  }

  return {
    port,
    through(url) {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String(port);
      return changed.href;
    },
    pass: () => become({ kind: 'none' }),
    delay: (ms) => become({ kind: 'delay', ms }),
    silence: (direction = 'both') => become({ kind: 'silence', direction }),
    dropAnswers: (share) => become({ kind: 'drop_answers', share }),
    reset,
    halfClose() {
      for (const { client } of open) {
        counts.halfCloses++;
        client.end();
        client.removeAllListeners('data').resume();
      }
    },
    counts: () => ({ ...counts }),
    async close() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
