/** What handlers tell while they run inline: there is no Redis to put it in, so the caller gets it with the answer. */
export interface Notes {
  progress(value: unknown): void;
  log(line: string): void;
  taken(): { progress?: unknown; log?: string[] };
}

/** A thousand jobs may tell something. */
const MAX_LINES = 10;
const MAX_LINE = 1_000;
const MAX_PROGRESS = 1_000;

/** Keeps the last progress and the last lines of one job, bounded. */
export function createNotes(): Notes {
  let latest: { progress?: unknown } = {};
  const lines: string[] = [];
  return {
    progress(value) {
      latest = (JSON.stringify(value) ?? '').length > MAX_PROGRESS ? {} : { progress: value };
    },
    log(line) {
      lines.push(line.slice(0, MAX_LINE));
      if (lines.length > MAX_LINES) lines.shift();
    },
    taken: () => ({ ...latest, ...(lines.length === 0 ? {} : { log: [...lines] }) }),
  };
}
