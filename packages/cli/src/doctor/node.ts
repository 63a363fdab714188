import { type Finding, failed, isAtLeast, ok } from './check.ts';

/** What the services need: the OpenTelemetry SDK does not run on an older one. */
const OLDEST = [22, 15] as const;

export function checkNode(version: string): Finding {
  if (isAtLeast(version, OLDEST)) return ok('node', `Node ${version}`);
  return failed(
    'node',
    `Node ${version} is older than ${OLDEST.join('.')}`,
    'Use Node 24, as npx fairlead does.',
  );
}
