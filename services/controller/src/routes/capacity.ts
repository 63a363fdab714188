import { type DecisionRecordOf, FairleadError, statedReplicas } from '@fairlead/core';
import { type Handled, handle } from '@fairlead/http';
import { CAPACITY } from '@fairlead/ledger';
import { getCapacity, pinCapacity, releaseCapacity, stepCapacity } from '../api/capacity.ts';
import { getScaler } from '../api/scaler.ts';
import type { ControllerApiParts, LiveReplica } from '../api-parts.ts';
import { noOrder, notDecided } from './absent.ts';
import { presentOrder } from './present.ts';
import { type DecisionReader, stepTakenBy } from './read-decisions.ts';

/** Capacity, and what operators do to it by hand. */
export function capacityRoutes(parts: ControllerApiParts, reader: DecisionReader): Handled[] {
  const { overrides, leases } = parts.ledger;

  async function decided(): Promise<DecisionRecordOf<'autoscale'> | undefined> {
    return (await reader.last('autoscale', 'cluster'))?.record as DecisionRecordOf<'autoscale'> | undefined;
  }

  return [
    handle(getCapacity).by(async () => {
      const [stored, orders, replicas, lease] = await Promise.all([
        reader.last('autoscale', 'cluster'),
        overrides.list(['pin', 'step']),
        // Who looks here at night may look because Redis is away.
        parts.replicas().catch(orUnknown),
        leases.get(parts.leaseName),
      ]);
      const record = stored?.record as DecisionRecordOf<'autoscale'> | undefined;
      const { decisions } = await reader.present(stored === undefined ? [] : [stored]);
      const stepTaken = stepTakenBy(stored);
      const inForce = (kind: 'pin' | 'step') =>
        orders
          .map((order) => presentOrder(order, stepTaken))
          .find((order) => order.kind === kind && order.isInForce) ?? null;
      return {
        status: 200,
        body: {
          capacity: record?.to ?? null,
          target: record?.target ?? null,
          decision: decisions[0] ?? null,
          pin: inForce('pin'),
          step: inForce('step'),
          replicas: {
            wanted: record?.stateAfter.replicas ?? null,
            ...(replicas === null
              ? { running: null, slots: null, inFlight: null, live: null }
              : presentReplicas(replicas)),
          },
          leader:
            lease === undefined || lease.isExpired
              ? null
              : { holder: lease.holder, epoch: lease.epoch, until: lease.expiresAt.toISOString() },
        },
      };
    }),
    handle(pinCapacity).by(async ({ body: { capacity, expiresInSeconds, reason }, principal }) => {
      const terms = { reason, expiresInMs: expiresInSeconds * 1_000 };
      return { status: 200, body: presentOrder(await overrides.pin(capacity, terms, principal)) };
    }),
    handle(releaseCapacity).by(async ({ principal }) => {
      if (await overrides.release('pin', CAPACITY, principal)) return { status: 204 };
      throw noOrder('Capacity is not pinned.');
    }),
    handle(stepCapacity).by(async ({ body: { by, expiresInSeconds, reason }, principal }) => {
      const terms = { reason, expiresInMs: expiresInSeconds * 1_000 };
      return { status: 202, body: presentOrder(await overrides.step(by, terms, principal)) };
    }),
    handle(getScaler).by(async ({ query: { toleranceBp } }) => {
      const [record, replicas] = await Promise.all([decided(), parts.replicas()]);
      if (record === undefined) throw notDecided();
      const desiredReplicas = record.stateAfter.replicas;
      const { running: runningReplicas } = presentReplicas(replicas);
      return {
        status: 200,
        body: {
          replicas: statedReplicas(desiredReplicas, runningReplicas, toleranceBp) / 100,
          desiredReplicas,
          runningReplicas,
          capacity: record.to,
          decision: record.id,
        },
      };
    }),
  ];
}

function orUnknown(error: unknown): null {
  const isAway = error instanceof FairleadError && /^REDIS_/.test(error.code);
  if (isAway) return null;
  throw error;
}

function presentReplicas(replicas: readonly LiveReplica[]) {
  const staying = replicas.filter(({ draining }) => !draining);
  const sum = (of: readonly LiveReplica[], what: 'slots' | 'running') =>
    of.reduce((all, replica) => all + replica[what], 0);
  return {
    running: staying.length,
    slots: sum(staying, 'slots'),
    inFlight: sum(replicas, 'running'),
    live: replicas.map(({ id, slots, running, draining, seenAtMs }) => ({
      ...{ id, slots, running, draining },
      seenAt: new Date(seenAtMs).toISOString(),
    })),
  };
}
