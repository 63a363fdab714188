/** The dispatcher as a process: configuration → scheduler and ledger → HTTP. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { builtInHandlers, type HandlerMap, loadHandlers } from '@fairlead/consumer';
import { createLogger, logListening, onShutdown, startServer } from '@fairlead/http';
import { createLedger } from '@fairlead/ledger';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import { dispatcherMetrics, requestMetrics, startTelemetry } from '@fairlead/telemetry';
import { createDispatcher } from './app.ts';
import { readConfig } from './config.ts';
import { shutDown } from './shut-down.ts';
import { VERSION } from './version.ts';

const EXIT_HANDLERS = 1;
const EXIT_CONFIG = 2;
const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

function refuse(problems: readonly string[], code = EXIT_CONFIG): never {
  console.error(`The dispatcher cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(code);
}

const read = readConfig();
if (read.outcome === 'invalid') refuse(read.problems);
const { config } = read;

/** For what runs inline: without a file of handlers nothing does. */
async function handlersOf(file: string): Promise<HandlerMap> {
  const builtIn = builtInHandlers(config);
  if (builtIn.outcome === 'failed') refuse(builtIn.problems);
  const loaded = await loadHandlers(file);
  if (loaded.outcome === 'failed') refuse([loaded.reason], EXIT_HANDLERS);
  return { ...builtIn.handlers, ...loaded.handlers };
}

const file = config.FAIRLEAD_HANDLERS;
const handlers = file === undefined ? undefined : await handlersOf(file);

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
          // By chance too: containers on one host network have its name, and all are process 1.
          holder: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
          retentionMs: config.FAIRLEAD_RETENTION_DAYS * DAY_MS,
        }
      : undefined,
  bootstrapKey: config.FAIRLEAD_BOOTSTRAP_KEY,
  requireKeys: config.FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY === 'on',
  redisFullPercent: config.FAIRLEAD_REDIS_FULL_PERCENT,
  inline: {
    ...(handlers === undefined ? {} : { handlers }),
    concurrency: config.FAIRLEAD_DISPATCH_INLINE_CONCURRENCY,
    maxMs: config.FAIRLEAD_DISPATCH_INLINE_MAX_MS,
    isForced: config.FAIRLEAD_DISPATCH_MODE === 'inline',
    isFallback: config.FAIRLEAD_DISPATCH_FALLBACK === 'on',
    fallbackMaxMs: config.FAIRLEAD_DISPATCH_FALLBACK_MAX_MINUTES * MINUTE_MS,
  },
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
logListening(logger, server.url, { inline: handlers === undefined ? 'no handlers' : Object.keys(handlers) });
