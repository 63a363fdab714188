import type { ConsumerEvent } from './events.ts';
import type { QuietWarn } from './quiet-log.ts';

/** Events are told amid claims, whose jobs must not be left behind because somebody's callback throws. */
export function safeEmit(
  onEvent: (event: ConsumerEvent) => void,
  warn: QuietWarn,
): (event: ConsumerEvent) => void {
  return (event) => {
    try {
      onEvent(event);
    } catch (error) {
      warn('the onEvent callback failed', { error: String(error) });
    }
  };
}
