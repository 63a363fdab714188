/** Ends the process in order on SIGTERM or SIGINT. */

/** What a shell reports for a process that an interrupt ended. */
const INTERRUPTED = 130;

/**
 * Runs `handler` on the first SIGTERM or SIGINT and then exits: 0, or 1 when it rejects. A second signal
 * exits at once. The handler keeps its own deadline.
 */
export function onShutdown(handler: (signal: NodeJS.Signals) => Promise<void>): void {
  let began = false;
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (began) process.exit(INTERRUPTED);
    began = true;
    try {
      await handler(signal);
      process.exit(0);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  }
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
