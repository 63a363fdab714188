/**
 * A Redis Cluster of our own: real servers on loopback, joined by commands (there may be no redis-cli).
 */
import { freePort, type PrivateRedis, startPrivateRedis, temporaryFolder } from '@fairlead/local';
import { sendCommand } from './send-command.ts';
import { waitFor } from './wait-for.ts';

export interface ClusterNode {
  readonly port: number;
  /** The primary that it follows when it is a replica, by its place in `primaries`. */
  readonly follows: number | undefined;
  /** One command, past everything that is tested; gives the raw answer. */
  readonly command: (...words: readonly string[]) => Promise<string>;
  /** SIGSTOP freezes it and SIGCONT thaws it; SIGKILL resolves when it has gone. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again after SIGKILL: it comes back without its data, and follows whoever took its place. */
  readonly restart: () => Promise<void>;
}

export interface TestCluster {
  /** All primaries: `redis://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3`. */
  readonly url: string;
  /** What they were at the start: a failover changes roles, not this. */
  readonly primaries: readonly ClusterNode[];
  readonly replicas: readonly ClusterNode[];
  /** The primary that serves a key now. */
  readonly primaryOf: (key: string) => Promise<ClusterNode>;
  /** Ends all of it and removes the data. */
  readonly stop: () => Promise<void>;
}

export interface ClusterOptions {
  /** Default 3, the least of which a majority can outlive one. */
  readonly primaries?: number;
  /** Of each primary. Default 0. */
  readonly replicas?: 0 | 1;
  /**
   * After how long a silent node is taken for dead. Default 1,000 with replicas, which are to take its place; else 15,000, for
   * a busy machine silences nodes, and nobody could take their place.
   */
  readonly nodeTimeoutMs?: number;
}

const SLOTS = 16_384;
/** Nodes that do not get to know each other within this time give up. */
const FORMING_TIMEOUT_MS = 15_000;
/** Those who do know each other tell their news the more often the shorter this is. */
const TALKING_TIMEOUT_MS = 1_000;
const ATTEMPTS = 5;

/**
 * A cluster for one test file: start it in `beforeAll`, stop it in `afterAll`; should the file forget, it ends with the
 * process. Slots whose primary is away do not stop the others (`cluster-require-full-coverage no`).
 */
export async function privateCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { primaries: count = 3, replicas: each = 0 } = options;
  const { nodeTimeoutMs = each > 0 ? 1_000 : FORMING_TIMEOUT_MS } = options;
  const started = await Promise.all(
    Array.from({ length: count * (1 + each) }, () => startNode(nodeTimeoutMs)),
  );
  const nodes = started.map(
    ({ node }, n): ClusterNode => ({ ...node, follows: n < count ? undefined : n - count }),
  );
  const primaries = nodes.slice(0, count);
  const replicas = nodes.slice(count);
  const stop = async () => void (await Promise.all(started.map((one) => one.stop())));

  try {
    await Promise.all(
      primaries.map(async (node, n) => {
        // An epoch of its own for each: otherwise they first have to settle who is who.
        await ok(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1));
        const [from, to] = [Math.floor((SLOTS / count) * n), Math.floor((SLOTS / count) * (n + 1)) - 1];
        await ok(node, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
      }),
    );
    // Each with each: until word of the others goes round it takes seconds.
    for (const [n, { node, busPort }] of started.entries()) {
      for (const one of nodes.slice(0, n)) {
        await ok(one, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(busPort));
      }
    }
    await everywhere(nodes, 'all nodes know each other', ['CLUSTER', 'NODES'], (known) => {
      const lines = bulk(known).trim().split('\n');
      return lines.length === nodes.length && !lines.some((line) => /handshake|noaddr/.test(line));
    });
    const setTimeoutMs = (timeoutMs: number) =>
      Promise.all(nodes.map((node) => ok(node, 'CONFIG', 'SET', 'cluster-node-timeout', String(timeoutMs))));
    await setTimeoutMs(TALKING_TIMEOUT_MS);
    for (const replica of replicas) {
      const primary = nodes[replica.follows as number] as ClusterNode;
      await ok(replica, 'CLUSTER', 'REPLICATE', bulk(await primary.command('CLUSTER', 'MYID')));
    }
    // A replica that has not heard of the slots of its primary would not take its place.
    await everywhere(
      nodes,
      'all know all slots',
      ['CLUSTER', 'INFO'],
      (info) => info.includes('cluster_state:ok') && info.includes(`cluster_slots_assigned:${SLOTS}\r`),
    );
    await everywhere(replicas, 'the replica follows its primary', ['INFO', 'replication'], (info) =>
      info.includes('master_link_status:up'),
    );
    await setTimeoutMs(nodeTimeoutMs);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    url: `redis://${primaries.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    primaries,
    replicas,
    primaryOf: (key) => primaryOf(nodes, key),
    stop,
  };
}

interface StartedNode {
  readonly node: Omit<ClusterNode, 'follows'>;
  readonly busPort: number;
  readonly stop: () => Promise<void>;
}

async function startNode(nodeTimeoutMs: number, attempt = 1): Promise<StartedNode> {
  // By itself the bus takes the port plus 10,000, and there may be none.
  const busPort = await freePort();
  const configOf = (timeoutMs: number) => [
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--appendonly', 'no'],
    ...['--cluster-node-timeout', String(timeoutMs), '--cluster-require-full-coverage', 'no'],
    // Else replication waits five seconds for further replicas.
    ...['--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0'],
  ];
  const folder = temporaryFolder('test-cluster');
  let server: PrivateRedis;
  try {
    server = await startPrivateRedis({ config: configOf(FORMING_TIMEOUT_MS), dataDir: folder.path });
  } catch (error) {
    await folder.remove();
    // Somebody may have taken the bus's port meanwhile.
    if (attempt === ATTEMPTS) throw error;
    return startNode(nodeTimeoutMs, attempt + 1);
  }
  const { port } = server;
  return {
    busPort,
    node: {
      port,
      command: (...words) => sendCommand(port, words),
      kill: (signal) => server.kill(signal),
      restart: async () => {
        server = await startPrivateRedis({ config: configOf(nodeTimeoutMs), dataDir: folder.path, port });
      },
    },
    stop: async () => {
      // A frozen server takes no SIGTERM.
      await server.kill('SIGCONT');
      await server.stop();
      await folder.remove();
    },
  };
}

async function ok(node: ClusterNode, ...words: readonly string[]): Promise<void> {
  const answer = await node.command(...words);
  if (!answer.startsWith('+OK')) throw new Error(`${words.join(' ')} was refused: ${answer}`);
}

async function everywhere(
  nodes: readonly ClusterNode[],
  what: string,
  question: readonly string[],
  holds: (answer: string) => boolean,
): Promise<void> {
  for (const node of nodes) {
    await waitFor(async () => holds(await node.command(...question)), { what, deadlineMs: 60_000 });
  }
}

/** The one that answers for the key, and does not send its callers elsewhere. */
async function primaryOf(nodes: readonly ClusterNode[], key: string): Promise<ClusterNode> {
  for (const node of nodes) {
    const answer = await node.command('EXISTS', key).catch(() => '');
    if (answer.startsWith(':')) return node;
  }
  throw new Error(`No node serves ${key}.`);
}

/** The text of an answer that is one bulk string. */
function bulk(answer: string): string {
  return answer.split('\r\n')[1] ?? '';
}
