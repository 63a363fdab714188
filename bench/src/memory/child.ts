/** The two ends of a process whose memory is measured: it is told what to do, drains, and says what it holds then. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Order {
  readonly url: string;
  readonly queues: number;
  readonly jobs: number;
}

export interface Memory {
  /** Resident, bytes. */
  readonly rss: number;
  /** The most that it ever was, bytes. */
  readonly peak: number;
}

/** Garbage is collected before memory is looked at, in both. */
const NODE_FLAGS = ['--conditions=development', '--expose-gc'];
const SETTLE_MS = 1_000;

/** In the child: what it was told. */
export function readOrder(): Order {
  return JSON.parse(process.argv[2] ?? '') as Order;
}

/** In the child, when it is done: tells, and waits to be ended. */
export async function tellMemory(): Promise<void> {
  await sleep(SETTLE_MS);
  globalThis.gc?.();
  const memory: Memory = { rss: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 };
  process.send?.(memory);
}

/** Runs a script of this folder, and gives what it told while it still holds everything; `measure` may look around then. */
export async function runChild(
  script: string,
  order: Order,
  look: () => Promise<void> = async () => {},
): Promise<Memory> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(file, [JSON.stringify(order)], { execArgv: NODE_FLAGS });
  try {
    return await told(child, look);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function told(child: ChildProcess, look: () => Promise<void>): Promise<Memory> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process ended with ${signal ?? `code ${code}`} before it was done`);
  });
  const [memory] = (await Promise.race([once(child, 'message'), ended])) as [Memory];
  ended.catch(() => {});
  await look();
  return memory;
}
