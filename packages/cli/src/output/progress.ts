import { clean } from './clean.ts';
import type { Screen } from './screen.ts';

export interface Progress {
  say(text: string): void;
  clear(): void;
}

/** One line that is written over, for a person who waits; for a program nothing. */
export function openProgress(screen: Screen): Progress {
  let shown = false;
  return {
    say(text) {
      if (!screen.live) return;
      shown = true;
      void screen.write(`\r\x1b[2K${clean(text).slice(0, screen.columns - 1)}`);
    },
    clear() {
      if (shown) void screen.write('\r\x1b[2K');
      shown = false;
    },
  };
}
