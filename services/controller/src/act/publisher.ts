/**
 * Decisions on their way to Redis. What is published is what was written to the database before, and carries its
 * leader's epoch: a leader that was frozen and lost its lease is refused by Redis as it is by Postgres.
 *
 * Capacity and pressure are said again with every tick, for they expire; quotas when they change. Everything is said
 * anew when this process begins to lead, when Redis was emptied or replaced, and after something did not get through.
 */
import type { Levels, Scheduler, WorkspaceQuota } from '@fairlead/scheduler';

export type PublishTo = Pick<Scheduler, 'publishCapacity' | 'setQuotas' | 'publishPressure' | 'generation'>;

/** All that there is to say. */
export interface Picture {
  readonly capacity: number;
  /** Undefined before the first tick: what the leader before has published holds until then. */
  readonly pressures: Levels | undefined;
}

export interface Publisher {
  /** Says what the picture is now, and the quotas that changed. */
  publish(picture: Picture, changes: readonly WorkspaceQuota[]): Promise<PublishOutcome>;
  /** To be called often: says everything anew where that is needed. */
  keepUp(): Promise<PublishOutcome | 'nothing'>;
  /** The capacity that is published; null when that is not known. */
  capacity(): number | null;
}

/** `old_epoch`: somebody else leads. */
export type PublishOutcome = 'published' | 'old_epoch';

export interface PublisherParts {
  readonly scheduler: PublishTo;
  readonly epoch: number;
  readonly tickMs: number;
  /** The quotas of all workspaces that ever had one of their own. */
  readonly allQuotas: () => readonly WorkspaceQuota[];
}

export function createPublisher({ scheduler, epoch, tickMs, allQuotas }: PublisherParts): Publisher {
  let last: Picture | undefined;
  let generation: string | undefined;
  /** Whether what was said last is all there. */
  let isComplete = false;

  async function say(picture: Picture, changes: readonly WorkspaceQuota[] | 'all'): Promise<PublishOutcome> {
    const { capacity, pressures } = picture;
    const quotas = changes === 'all' ? allQuotas() : changes;
    const steps: (() => Promise<PublishOutcome>)[] = [
      async () => (quotas.length === 0 ? 'published' : scheduler.setQuotas(quotas, epoch)),
      () => scheduler.publishCapacity({ capacity, epoch }),
      async () => (pressures ? scheduler.publishPressure({ ...pressures, tickMs, epoch }) : 'published'),
    ];
    for (const step of steps) if ((await step()) === 'old_epoch') return 'old_epoch';
    return 'published';
  }

  async function sayAll(picture: Picture, seen: string | undefined): Promise<PublishOutcome> {
    const outcome = await say(picture, 'all');
    if (outcome === 'published') {
      generation = seen;
      isComplete = true;
    }
    return outcome;
  }

  return {
    async publish(picture, changes) {
      last = picture;
      const wasComplete = isComplete;
      // Until it got through, nobody knows what of it did.
      isComplete = false;
      const seen = await scheduler.generation();
      if (!wasComplete || seen !== generation) return sayAll(picture, seen);
      const outcome = await say(picture, changes);
      isComplete = outcome === 'published';
      return outcome;
    },
    async keepUp() {
      if (last === undefined) return 'nothing';
      const seen = await scheduler.generation();
      if (isComplete && seen === generation) return 'nothing';
      isComplete = false;
      return sayAll(last, seen);
    },
    capacity: () => (isComplete && last ? last.capacity : null),
  };
}
