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
  /** After how long a silent node is taken for dead. Default 1,000. */
  readonly nodeTimeoutMs?: number;
}

const SLOTS = 16_384;

/**
 * A cluster for one test file: start it in `beforeAll`, stop it in `afterAll`; should the file forget, it ends with the
 * process. Slots whose primary is away do not stop the others (`cluster-require-full-coverage no`).
 */
export async function privateCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { primaries: count = 3, replicas: each = 0, nodeTimeoutMs = 1_000 } = options;
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
    const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]];
    for (const [n, node] of others.entries()) {
      const busPort = started[n + 1]?.busPort;
      await ok(first, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(busPort));
    }
    await everywhere(nodes, 'all nodes know each other', (info) =>
      info.includes(`cluster_known_nodes:${nodes.length}\r`),
    );
    for (const replica of replicas) {
      const primary = nodes[replica.follows as number] as ClusterNode;
      await ok(replica, 'CLUSTER', 'REPLICATE', bulk(await primary.command('CLUSTER', 'MYID')));
    }
    await everywhere(nodes, 'the cluster is up', (info) => info.includes('cluster_state:ok'));
    for (const replica of replicas) {
      await waitFor(
        async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'),
        {
          what: 'the replica follows its primary',
        },
      );
    }
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

async function startNode(nodeTimeoutMs: number): Promise<StartedNode> {
  // By itself the bus takes the port plus 10,000, and there may be none.
  const busPort = await freePort();
  const config = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--appendonly', 'no'];
  config.push('--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-require-full-coverage', 'no');
  // Else replication waits five seconds for further replicas.
  config.push('--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0');
  const folder = temporaryFolder('test-cluster');
  let server: PrivateRedis = await startPrivateRedis({ config, dataDir: folder.path });
  const { port } = server;
  return {
    busPort,
    node: {
      port,
      command: (...words) => sendCommand(port, words),
      kill: (signal) => server.kill(signal),
      restart: async () => {
        server = await startPrivateRedis({ config, dataDir: folder.path, port });
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
  holds: (info: string) => boolean,
): Promise<void> {
  for (const node of nodes) {
    await waitFor(async () => holds(await node.command('CLUSTER', 'INFO')), { what, deadlineMs: 20_000 });
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
