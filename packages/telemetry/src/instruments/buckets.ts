/** From 5 ms to 10 min: waits and runs of jobs. */
export const JOB_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];
/** From 1 ms to 10 s: requests, calls to Redis, and ticks. 2 s is a line that an alert looks at. */
export const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10];
