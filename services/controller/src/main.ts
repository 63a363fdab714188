/** The controller as a process: configuration → policy, scheduler and ledger → loops and HTTP. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createLogger, logListening, onShutdown, schedulerSettings, startServer } from '@fairlead/http';
import { createLedger } from '@fairlead/ledger';
import { createScheduler } from '@fairlead/scheduler';
import {
  controllerMetrics,
  createDecisionExporter,
  requestMetrics,
  startTelemetry,
} from '@fairlead/telemetry';
import { createController } from './app.ts';
import { readConfig } from './config.ts';
import { readPolicy } from './policies.ts';
import { shutDown } from './shut-down.ts';
import { VERSION } from './version.ts';

const EXIT_CONFIG = 2;
const DAY_MS = 24 * 3_600_000;

function refuse(problems: readonly string[]): never {
  console.error(`The controller cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(EXIT_CONFIG);
}

const read = readConfig();
if (read.outcome === 'invalid') refuse(read.problems);
const { config } = read;
const policy = await readPolicy(config.FAIRLEAD_POLICY, config.FAIRLEAD_TICK_MS).catch(
  (error: Error & { fix?: string }) => refuse([[error.message, error.fix].filter(Boolean).join(' ')]),
);

const logger = createLogger('controller', config.LOG_LEVEL);
const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = config;
const telemetry = startTelemetry({
  serviceName: 'fairlead-controller',
  serviceVersion: VERSION,
  otlpEndpoint: endpoint,
  otlpHeaders: headers,
  sampler: config.OTEL_TRACES_SAMPLER,
  samplerRatio: config.OTEL_TRACES_SAMPLER_ARG,
  logger,
});
const scheduler = createScheduler({
  ...schedulerSettings(config, 'fairlead-controller'),
  logger,
});
const ledger = createLedger({ databaseUrl: config.DATABASE_URL });

const controller = createController({
  scheduler,
  ledger,
  policy,
  policySource: config.FAIRLEAD_POLICY === undefined ? 'default' : 'FAIRLEAD_POLICY',
  // Where the process is, and chance: containers on one host have its name, and all are process 1.
  holder: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
  leaseMs: config.FAIRLEAD_LEASE_MS,
  tickMs: config.FAIRLEAD_TICK_MS,
  actuator: config.FAIRLEAD_ACTUATOR,
  drills: config.FAIRLEAD_DRILL,
  retentionMs: config.FAIRLEAD_DECISION_RETENTION_DAYS * DAY_MS,
  exporter:
    endpoint === undefined
      ? undefined
      : createDecisionExporter({
          endpoint,
          headers,
          serviceVersion: VERSION,
          onUnfit: (decisions) =>
            logger.warn({ decisions }, 'the collector takes no spans of these decisions'),
        }),
  metrics: controllerMetrics(telemetry.meter),
  logger,
  metricsHandler: telemetry.metricsHandler,
  onAnswered: requestMetrics(telemetry.meter).answered,
});
const server = await startServer(controller.app, { host: config.HOST, port: config.PORT }).catch(
  (error: Error) => refuse([error.message]),
);
onShutdown(() =>
  shutDown({ server, controller, scheduler, ledger, telemetry, logger }, config.FAIRLEAD_DRAIN_TIMEOUT_MS),
);
controller.start();
logListening(logger, server.url, { actuator: config.FAIRLEAD_ACTUATOR, drills: config.FAIRLEAD_DRILL });
