/** A consumer replica as a process: configuration → handlers → replica, with health and metrics over HTTP. */
import { configuredHandlers, createConsumer } from '@fairlead/consumer';
import { createLogger, logListening, onShutdown, schedulerSettings, startServer } from '@fairlead/http';
import { createLedger } from '@fairlead/ledger';
import { consumerMetrics, startTelemetry } from '@fairlead/telemetry';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import demoHandlers from './demo-handlers.ts';
import { recordEvents } from './record-events.ts';
import { shutDown } from './shut-down.ts';

const VERSION = '0.1.0';
const EXIT_HANDLERS = 1;
const EXIT_CONFIG = 2;

function refuse(code: number, problems: readonly string[]): never {
  console.error(`The consumer cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(code);
}

const read = readConfig();
if (read.outcome === 'invalid') refuse(EXIT_CONFIG, read.problems);
const { config } = read;

const loaded = await configuredHandlers(config, demoHandlers);
if (loaded.outcome === 'failed')
  refuse(loaded.fault === 'file' ? EXIT_HANDLERS : EXIT_CONFIG, loaded.problems);
const { handlers, from } = loaded;

const logger = createLogger('consumer', config.LOG_LEVEL);
const telemetry = startTelemetry({
  serviceName: 'fairlead-consumer',
  serviceVersion: VERSION,
  otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  otlpHeaders: config.OTEL_EXPORTER_OTLP_HEADERS,
  sampler: config.OTEL_TRACES_SAMPLER,
  samplerRatio: config.OTEL_TRACES_SAMPLER_ARG,
  logger,
});
const metrics = consumerMetrics(telemetry.meter, Object.keys(handlers));

const ledger =
  config.FAIRLEAD_LEDGER === 'on' && config.DATABASE_URL !== undefined
    ? createLedger({ databaseUrl: config.DATABASE_URL })
    : undefined;
const consumer = createConsumer({
  handlers,
  ...(ledger ? { ledger } : {}),
  ...schedulerSettings(config, 'fairlead-consumer'),
  concurrency: config.FAIRLEAD_CONCURRENCY,
  ...(config.FAIRLEAD_REPLICA_ID ? { replicaId: config.FAIRLEAD_REPLICA_ID } : {}),
  lockMs: config.FAIRLEAD_LOCK_MS,
  stallIntervalMs: config.FAIRLEAD_STALL_INTERVAL_MS,
  defaultTimeoutMs: config.FAIRLEAD_TIMEOUT_MS,
  unknownTypeDelayMs: config.FAIRLEAD_UNKNOWN_TYPE_DELAY_MS,
  unknownTypeMaxMs: config.FAIRLEAD_UNKNOWN_TYPE_MAX_MS,
  keepCompleted: {
    count: config.FAIRLEAD_KEEP_COMPLETED_COUNT,
    ageSeconds: config.FAIRLEAD_KEEP_COMPLETED_SECONDS,
  },
  keepDead: { count: config.FAIRLEAD_KEEP_DEAD_COUNT, ageSeconds: config.FAIRLEAD_KEEP_DEAD_SECONDS },
  tracer: telemetry.tracer,
  logger,
  onEvent: recordEvents(metrics),
});
metrics.observe(consumer.state);

const app = createApp({ consumer, ledger, logger, metrics: telemetry.metricsHandler });
const server = await startServer(app, { host: config.HOST, port: config.PORT }).catch((error: Error) =>
  refuse(EXIT_CONFIG, [error.message]),
);
onShutdown(() =>
  shutDown(
    { consumer, ledger, server, telemetry, logger, exit: process.exit },
    config.FAIRLEAD_DRAIN_TIMEOUT_MS,
  ),
);
await consumer.start();
logListening(logger, server.url, { handlers: Object.keys(handlers), from });
