/** What Prometheus gets of the services: each metric with its labels, from a scrape after everything has happened once. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  consumerMetrics,
  controllerMetrics,
  dispatcherMetrics,
  requestMetrics,
  startTelemetry,
} from '@fairlead/telemetry';

export async function everyMetric(): Promise<Map<string, Set<string>>> {
  const telemetry = startTelemetry({ serviceName: 'fairlead-checks', serviceVersion: '0' });
  const { meter } = telemetry;
  requestMetrics(meter).answered({ method: 'GET', route: '/', status: 200, seconds: 1 });
  const dispatcher = dispatcherMetrics(meter);
  dispatcher.accepted(1);
  dispatcher.repeated(1);
  dispatcher.rejected('BACKLOG_FULL', 1);
  dispatcher.heldBack({ scope: 'cluster', reason: 'redis_pressure' }, 1);
  dispatcher.queued('direct', 1);
  dispatcher.observe(async () => ({ known: 1, ready: 1, parked: 1, busy: 1 }));
  dispatcher.observeAudit(() => 1);
  dispatcher.observePressure(() => ({ cluster: 'none', soft: 0, hard: 0 }));
  const consumer = consumerMetrics(meter, ['report']);
  consumer.started('report', 1);
  consumer.finished('report', 'completed', 1);
  consumer.claimed(1, 1);
  consumer.claimFailed();
  consumer.tidied(1);
  consumer.foreign(1);
  consumer.effectSuppressed();
  consumer.effectDuplicate();
  consumer.stalled(1);
  consumer.quarantined();
  consumer.loopBlocked(1);
  consumer.observe(() => ({ running: 1, concurrency: 1, healthy: true }));
  const controller = controllerMetrics(meter);
  controller.decided({ kind: 'autoscale', reason: 'ramp_step', action: 'raise' }, 1);
  controller.repeated('autoscale', 1);
  controller.ticked('done', 1);
  controller.reportsRead(1);
  controller.observeSpanRelay(() => 1);
  controller.observe(() => ({
    capacity: 1,
    target: 1,
    replicasWanted: 1,
    replicasRunning: 1,
    inFlight: 1,
    runnable: 1,
    backlog: 1,
    clusterPressure: 'none',
    pressedWorkspaces: { soft: 0, hard: 0 },
    promotedWorkspaces: 1,
    contention: [['redis_memory', { ratio: 1, breached: false }]],
    redisMemoryRatio: 1,
    duplicateSends: 0,
  }));

  const server = createServer(telemetry.metricsHandler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const text = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text();
  await new Promise((resolve) => server.close(resolve));
  await telemetry.shutdown();

  const metrics = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = metrics.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(?:^|,)([a-z_]+)="/g)) known.add(label);
    metrics.set(name, known);
  }
  return metrics;
}
