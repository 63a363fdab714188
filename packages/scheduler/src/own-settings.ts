/** Settings of workspaces as a program says them itself, where no dispatcher keeps them. */
import {
  DEFAULT_WORKSPACE_CONFIG,
  FairleadError,
  isWorkspaceSlug,
  type WorkspaceConfig,
} from '@fairlead/core';

/** Of a workspace; what is left out is as by default. A rate without a burst gets one of a second's worth. */
export type WorkspaceSettings = Partial<WorkspaceConfig>;

const MOST = 1_000_000;
/** As the dispatcher has it: a smaller share is as good as a pause, and one start in a quarter of an hour as none. */
const LEAST = 0.001;

/** @throws FairleadError CONFIG_INVALID that lists all that is wrong */
export function completeSettings(workspace: string, given: WorkspaceSettings): WorkspaceConfig {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, ...burstOf(given), ...given };
  const { weight, concurrency, ratePerSecond, burst, fairness } = config;
  const unknown = Object.keys(given).filter((name) => !(name in DEFAULT_WORKSPACE_CONFIG));
  const wrong = [
    ...unknown.map((name) => `there is no setting ${name}`),
    ...(isWorkspaceSlug(workspace)
      ? []
      : ['its name is 1 to 63 of a-z, 0-9 and "-", a letter or digit first']),
    ...(isFrom(LEAST, weight) ? [] : [`weight is a number from ${LEAST} to ${MOST}`]),
    ...(isLimit(1, concurrency) ? [] : ['concurrency is a whole number, 0 for unlimited, or "quota"']),
    ...(isLimit(LEAST, ratePerSecond) ? [] : ['ratePerSecond is a number, 0 for unlimited, or "quota"']),
    ...(isLimit(1, burst) && (burst !== 0 || ratePerSecond === 0)
      ? []
      : ['burst is a whole number from 1, or "quota"']),
    ...(fairness === 'starts' || fairness === 'runtime' ? [] : ['fairness is "starts" or "runtime"']),
  ];
  if (wrong.length === 0) return config;
  throw new FairleadError(
    'CONFIG_INVALID',
    `The settings of ${JSON.stringify(workspace)} are not valid: ${wrong.join('; ')}`,
  );
}

function burstOf({ ratePerSecond }: WorkspaceSettings): WorkspaceSettings {
  if (ratePerSecond === undefined || ratePerSecond === 0) return {};
  return { burst: ratePerSecond === 'quota' ? 'quota' : Math.max(1, Math.ceil(ratePerSecond)) };
}

/** From 1 on only whole numbers: half a job cannot run. */
function isLimit(least: number, value: unknown): boolean {
  return value === 0 || value === 'quota' || (isFrom(least, value) && (least < 1 || Number.isInteger(value)));
}

function isFrom(least: number, value: unknown): boolean {
  return typeof value === 'number' && value >= least && value <= MOST;
}
