/** The dispatcher as a process: configuration → scheduler and ledger → HTTP. */
import { hostname } from 'node:os';
import { createLogger, logListening, onShutdown, startServer } from '@fairlead/http';
import { createLedger } from '@fairlead/ledger';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { dispatcherMetrics, requestMetrics, startTelemetry } from '@fairlead/telemetry';
import { createDispatcher } from './app.ts';
import { readConfig } from './config.ts';
import { shutDown } from './shut-down.ts';
import { VERSION } from './version.ts';

const EXIT_CONFIG = 2;
const DAY_MS = 24 * 3_600_000;

function refuse(problems: readonly string[]): never {
  console.error(`The dispatcher cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(EXIT_CONFIG);
}

const read = readConfig();
if (read.outcome === 'invalid') refuse(read.problems);
const { config } = read;

const logger = createLogger('dispatcher', config.LOG_LEVEL);
const telemetry = startTelemetry({
  serviceName: 'fairlead-dispatcher',
  serviceVersion: VERSION,
  otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  otlpHeaders: config.OTEL_EXPORTER_OTLP_HEADERS,
});
const metrics = dispatcherMetrics(telemetry.meter);
const scheduler = createScheduler({
  redis: { url: config.REDIS_URL, tlsCa: config.REDIS_TLS_CA, connectionName: 'fairlead-dispatcher' },
  shards: config.FAIRLEAD_SHARDS,
  logger,
});
metrics.observe(() => scheduler.totals());
const ledger = createLedger({ databaseUrl: config.DATABASE_URL });

const dispatcher = createDispatcher({
  scheduler,
  producer: createProducer(scheduler),
  ledger,
  records:
    config.FAIRLEAD_LEDGER === 'on'
      ? {
          ...ledger,
          holder: `${hostname()}-${process.pid}`,
          retentionMs: config.FAIRLEAD_RETENTION_DAYS * DAY_MS,
        }
      : undefined,
  bootstrapKey: config.FAIRLEAD_BOOTSTRAP_KEY,
  redisFullPercent: config.FAIRLEAD_REDIS_FULL_PERCENT,
  metrics,
  logger,
  metricsHandler: telemetry.metricsHandler,
  onAnswered: requestMetrics(telemetry.meter).answered,
});
const server = await startServer(dispatcher.app, { host: config.HOST, port: config.PORT }).catch(
  (error: Error) => refuse([error.message]),
);
onShutdown(() =>
  shutDown({ server, dispatcher, scheduler, ledger, telemetry, logger }, config.FAIRLEAD_DRAIN_TIMEOUT_MS),
);
dispatcher.start();
logListening(logger, server.url);
