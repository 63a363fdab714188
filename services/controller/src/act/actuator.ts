/**
 * How a decided capacity becomes real. The capacity itself is published to the replicas in any case, and they share it
 * out among themselves. Who starts and drains replicas is another matter:
 *
 *     capacity   nobody we know: they are as many as somebody made them
 *     process    the local stack: it asks for the wanted number (GET /v1/capacity), and drains idle replicas first
 *     keda       Kubernetes: KEDA asks for it (GET /v1/scaler)
 *
 * The wanted number is in the database with the decision, so that any controller can answer. What is observed goes into
 * the next decision, which waits until what was asked for is there.
 */
import type { Scheduler } from '@fairlead/scheduler';
import type { Publisher } from './publisher.ts';

export const ACTUATORS = ['capacity', 'process', 'keda'] as const;
export type ActuatorKind = (typeof ACTUATORS)[number];

export interface Actuator {
  readonly kind: ActuatorKind;
  /** What is there now. Null = not known. */
  observe(): Promise<Observed>;
}

export interface Observed {
  readonly capacity: number | null;
  readonly replicas: number | null;
}

/** Replicas that drain are on their way out, and are not what was asked for. */
export function createActuator(
  kind: ActuatorKind,
  publisher: Pick<Publisher, 'capacity'>,
  scheduler: Pick<Scheduler, 'replicas'>,
): Actuator {
  return {
    kind,
    async observe() {
      const replicas = await scheduler.replicas().catch(() => undefined);
      const staying = replicas?.filter(({ draining }) => !draining).length;
      return { capacity: publisher.capacity(), replicas: staying ?? null };
    },
  };
}
