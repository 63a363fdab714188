/** The dispatcher as a process: configuration → scheduler and ledger → HTTP. */
import { configuredHandlers } from '@fairlead/consumer';
import { createLogger, logListening, onShutdown, schedulerSettings, startServer } from '@fairlead/http';
import { createLedger } from '@fairlead/ledger';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { dispatcherMetrics, requestMetrics, startTelemetry } from '@fairlead/telemetry';
import { createDispatcher } from './app.ts';
import { readConfig } from './config.ts';
import { holderName } from './ledger/holder-name.ts';
import { shutDown } from './shut-down.ts';
import { VERSION } from './version.ts';
import { inlineOptions } from './windows/inline-options.ts';

const EXIT_HANDLERS = 1;
const EXIT_CONFIG = 2;
const DAY_MS = 24 * 3_600_000;

function refuse(problems: readonly string[], code = EXIT_CONFIG): never {
  console.error(`The dispatcher cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(code);
}

const read = readConfig();
if (read.outcome === 'invalid') refuse(read.problems);
const { config } = read;

// For what runs inline: without a file of handlers nothing does.
const loaded = config.FAIRLEAD_HANDLERS === undefined ? undefined : await configuredHandlers(config, {});
if (loaded?.outcome === 'failed')
  refuse(loaded.problems, loaded.fault === 'file' ? EXIT_HANDLERS : EXIT_CONFIG);
const handlers = loaded?.handlers;

const logger = createLogger('dispatcher', config.LOG_LEVEL);
const telemetry = startTelemetry({
  serviceName: 'fairlead-dispatcher',
  serviceVersion: VERSION,
  otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  otlpHeaders: config.OTEL_EXPORTER_OTLP_HEADERS,
  sampler: config.OTEL_TRACES_SAMPLER,
  samplerRatio: config.OTEL_TRACES_SAMPLER_ARG,
  logger,
});
const metrics = dispatcherMetrics(telemetry.meter);
const scheduler = createScheduler({
  ...schedulerSettings(config, 'fairlead-dispatcher'),
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
          holder: holderName(),
          retentionMs: config.FAIRLEAD_RETENTION_DAYS * DAY_MS,
        }
      : undefined,
  bootstrapKey: config.FAIRLEAD_BOOTSTRAP_KEY,
  requireKeys: config.FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY === 'on',
  redisFullPercent: config.FAIRLEAD_REDIS_FULL_PERCENT,
  inline: inlineOptions(config, handlers),
  metrics,
  tracer: telemetry.tracer,
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
logListening(logger, server.url, { inline: handlers === undefined ? 'no handlers' : Object.keys(handlers) });
