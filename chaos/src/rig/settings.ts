/** What the rig tells the handlers of its replicas, by their environment: the only place that knows its names. */

export interface HandlerSettings {
  /** Where each process writes down its runs. */
  readonly folder: string;
  /** Of the effects. */
  readonly databaseUrl: string;
}

/** The environment of a replica. */
export function toEnvironment({ folder, databaseUrl }: HandlerSettings): Readonly<Record<string, string>> {
  return { CHAOS_RUNS: folder, CHAOS_DATABASE_URL: databaseUrl };
}

/** @throws Error outside of a rig */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): HandlerSettings {
  const { CHAOS_RUNS: folder, CHAOS_DATABASE_URL: databaseUrl } = env;
  if (!folder || !databaseUrl) throw new Error('The handlers of the fault tests run in replicas of the rig.');
  return { folder, databaseUrl };
}
