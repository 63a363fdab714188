/** What a process whose memory is measured gets, and what it says when it has drained everything. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tell } from '../child.ts';

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

const SETTLE_MS = 1_000;

/** In the child, when it is done: tells what it holds without garbage, and waits to be ended. */
export async function tellMemory(): Promise<void> {
  await sleep(SETTLE_MS);
  globalThis.gc?.();
  const memory: Memory = { rss: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 };
  tell(memory);
}
