/** One invocation of the sample trace. */
export interface Invocation {
  readonly app: string;
  /** Since the start of the trace. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

const COLUMNS = 'app,func,end_timestamp,duration';

/**
 * Parses the trace (see data/README.md), in order of start. The trace tells when an invocation ended and how long it
 * took; the difference is its start. Throws on a row that is not of this form, with its line number.
 */
export function parseTrace(csv: string): Invocation[] {
  const [head, ...rows] = csv.trim().split(/\r?\n/);
  if (head !== COLUMNS)
    throw new Error(`The trace begins with "${head}" and should begin with "${COLUMNS}".`);
  return rows
    .map((row, index) => {
      const [app = '', , end = '', duration = ''] = row.split(',');
      const endSeconds = Number.parseFloat(end);
      const durationSeconds = Number.parseFloat(duration);
      if (app === '' || !Number.isFinite(endSeconds) || !(durationSeconds >= 0)) {
        throw new Error(`Line ${index + 2} of the trace is not "${COLUMNS}": ${row}`);
      }
      return { app, startSeconds: Math.max(0, endSeconds - durationSeconds), durationSeconds };
    })
    .sort((a, b) => a.startSeconds - b.startSeconds);
}
