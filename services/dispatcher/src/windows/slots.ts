/** Places for work that may go on at once; who comes when all are taken waits in line. */
export interface Slots {
  /** False when the signal aborted first. What was taken must be given back. */
  take(signal: AbortSignal): Promise<boolean>;
  give(): void;
}

export function createSlots(count: number): Slots {
  let free = count;
  /** In the order of their coming. */
  const waiting = new Set<() => void>();

  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(false);
      if (free > 0) {
        free--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const end = (isTaken: boolean) => {
          waiting.delete(enter);
          signal.removeEventListener('abort', leave);
          resolve(isTaken);
        };
        const enter = () => end(true);
        const leave = () => end(false);
        waiting.add(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
    give() {
      const [next] = waiting;
      if (next) next();
      else free++;
    },
  };
}
