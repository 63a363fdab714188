export { INSTALL_DEADLINE_MS, launchBrowser } from './browser.ts';
export { type Authority, type Certificate, certificateAuthority } from './certificates.ts';
export {
  type Ability,
  type Attempt,
  type Contest,
  type FairSystem,
  PATIENCE_MS,
  type PlannedJob,
  type Progress,
  type Seen,
  type Settings,
  type Setup,
} from './conformance/fair-system.ts';
export { type Finding, holds } from './conformance/finding.ts';
export { modelSystem } from './conformance/model-system.ts';
export { createRecorder, type Recorder } from './conformance/recorder.ts';
export { QUANTUM, type Scenario } from './conformance/scenarios/scenario.ts';
export { fullSizes, quickSizes, type Sizes } from './conformance/sizes.ts';
export { FAIRNESS_SCENARIOS, type Played, playScenario } from './conformance/suite.ts';
export { type Checked, type Documented, documented, type OpenApi } from './documented.ts';
export { type FaultCounts, type FaultProxy, faultProxy } from './fault-proxy.ts';
export {
  type AttributeValue,
  type OtlpReceiver,
  otlpReceiver,
  type ReceivedAttributes,
  type ReceivedSpan,
} from './otlp/receiver.ts';
export { type ClusterNode, privateCluster, type TestCluster } from './private-cluster.ts';
export { privatePostgres, type TestPostgres } from './private-postgres.ts';
export { privateRedis, type TestRedis } from './private-redis.ts';
export { type Random, seeded } from './seeded.ts';
export { startProcess, type TestProcess, type TestProcessOptions } from './start-process.ts';
export { type WaitOptions, waitFor } from './wait-for.ts';
export { type SeenCommand, watchCommands } from './watch-commands.ts';
