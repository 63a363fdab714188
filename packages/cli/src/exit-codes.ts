/** What the exit code says. Stable: scripts go by it. */
export const EXIT = {
  ok: 0,
  /** What was asked for could not be done. */
  failed: 1,
  /** The command or the configuration is wrong, also when the dispatcher says so (400). */
  usage: 2,
  /** No key, a bad key, or one that does not allow this. */
  forbidden: 3,
  absent: 4,
  /** Nobody answers, or not now (408, 429, 502, 503, 504): the same again later may do. */
  unavailable: 5,
  /** As a shell tells it of a process that a signal ended. */
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of an answer that is not a success. */
export function exitCodeOf(status: number): ExitCode {
  if (status === 400) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.forbidden;
  if (status === 404) return EXIT.absent;
  if ([408, 429, 502, 503, 504].includes(status)) return EXIT.unavailable;
  return EXIT.failed;
}
