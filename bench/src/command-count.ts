import { watchCommands } from '@fairlead/testkit';

/**
 * Counts the commands that clients send to a Redis during `work`. What scripts call inside it is not counted, since it
 * costs no round trip and is in the CPU time.
 */
export async function countCommands(url: string, work: () => Promise<void>): Promise<number> {
  let count = 0;
  const end = await watchCommands(url, ({ by }) => {
    if (by === 'client') count++;
  });
  try {
    await work();
    return count;
  } finally {
    end();
  }
}
