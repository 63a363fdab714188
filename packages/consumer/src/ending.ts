import type { Clock } from './clock.ts';

/** Something that ends once, and the pauses that its end cuts short. */
export interface Ending {
  end(): void;
  readonly ended: () => boolean;
  /** Resolves after `ms`, or when the end comes. */
  pause(ms: number): Promise<void>;
}

export function createEnding(clock: Clock): Ending {
  let ended = false;
  const pausing = new Set<() => void>();
  return {
    end() {
      ended = true;
      for (const resume of pausing) resume();
    },
    ended: () => ended,
    pause(ms) {
      if (ended) return Promise.resolve();
      return new Promise((resolve) => {
        const resume = () => {
          cancel();
          pausing.delete(resume);
          resolve();
        };
        const cancel = clock.after(ms, resume);
        pausing.add(resume);
      });
    },
  };
}
