/** The two ends of a process that does a part of a bench: it is given an order, and tells one thing when it is done. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Garbage can be collected before anything is measured. */
const NODE_FLAGS = ['--conditions=development', '--expose-gc'];

/** In the child: what it was told. */
export function readOrder<Order>(): Order {
  return JSON.parse(process.argv[2] ?? '') as Order;
}

/** In the child: what it has to say. It is ended then. */
export function tell(answer: unknown): void {
  process.send?.(answer);
}

/** Runs a script, and gives what it told; `look` may look around while it still holds everything. */
export async function runChild<Answer>(
  script: URL,
  order: unknown,
  look: () => Promise<void> = async () => {},
): Promise<Answer> {
  const child = fork(fileURLToPath(script), [JSON.stringify(order)], { execArgv: NODE_FLAGS });
  try {
    const answer = await told<Answer>(child);
    await look();
    return answer;
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function told<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process ended with ${signal ?? `code ${code}`} before it was done`);
  });
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
  ended.catch(() => {});
  return answer;
}
