/**
 * Bull Board's view of one workspace's queue.
 *
 * Two things differ from the stock adapter. Payloads are hidden unless the board was started to show
 * them: they are the tenants' own. And a queue whose keys are corrupt (a stock `add` with
 * `jobId: 'active'` makes one) shows as unreadable: stock Bull Board fails the whole board for it.
 */
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Scheduler } from '@fairlead/scheduler';

/** A stock BullMQ queue as the scheduler hands it out. */
export type WorkspaceQueue = ReturnType<Scheduler['queueFor']>;

export interface AdapterOptions {
  readonly actions: boolean;
  readonly showPayloads: boolean;
}

const HIDDEN = 'hidden: FAIRLEAD_BOARD_SHOW_PAYLOADS=on shows it';
const UNREADABLE = 'This queue cannot be read: a key of it holds something that BullMQ did not write.';

export class WorkspaceAdapter extends BullMQAdapter {
  private readonly showPayloads: boolean;
  private unreadable = false;

  constructor(queue: WorkspaceQueue, options: AdapterOptions) {
    // Known to the base class, though not to the type of its options. What completed is not run again.
    const settings = { readOnlyMode: !options.actions, allowCompletedRetries: false };
    super(queue, settings);
    this.showPayloads = options.showPayloads;
    if (!options.showPayloads) {
      this.setFormatter('data', hide);
      this.setFormatter('returnValue', hide);
      this.setFormatter('progress', hideProgress);
    }
  }

  override getDescription(): string {
    return this.unreadable ? UNREADABLE : super.getDescription();
  }

  override async getJobCounts(): ReturnType<BullMQAdapter['getJobCounts']> {
    const none = Object.fromEntries(this.getJobStatuses().map((status) => [status, 0]));
    const counts = await orIfCorrupt(super.getJobCounts(), undefined);
    this.unreadable = counts === undefined;
    return counts ?? (none as Awaited<ReturnType<BullMQAdapter['getJobCounts']>>);
  }

  override getJobs(...range: Parameters<BullMQAdapter['getJobs']>): ReturnType<BullMQAdapter['getJobs']> {
    return orIfCorrupt(super.getJobs(...range), []);
  }

  override isPaused(): Promise<boolean> {
    return orIfCorrupt(super.isPaused(), false);
  }

  override async getGlobalConcurrency(): Promise<number | null> {
    return orIfCorrupt(Promise.resolve(super.getGlobalConcurrency()), null);
  }

  override getJobSchedulersCount(): Promise<number> {
    return orIfCorrupt(super.getJobSchedulersCount(), 0);
  }

  override async getJobSchedulers(): ReturnType<BullMQAdapter['getJobSchedulers']> {
    const schedulers = await orIfCorrupt(super.getJobSchedulers(), []);
    if (this.showPayloads) return schedulers;
    return schedulers.map((scheduler) =>
      scheduler.template ? { ...scheduler, template: { ...scheduler.template, data: HIDDEN } } : scheduler,
    );
  }
}

/** Replaces a payload; what is absent stays absent. */
function hide(value: unknown): unknown {
  return value === undefined || value === null ? value : HIDDEN;
}

/** A percentage says nothing of the payload; any other progress value is the handler's own. */
export function hideProgress(value: unknown): unknown {
  return typeof value === 'number' ? value : hide(value);
}

/** `fallback` when Redis refused the command for the type of the key; other errors are passed on. */
async function orIfCorrupt<T>(work: Promise<T>, fallback: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && error.message.includes('WRONGTYPE')) return fallback;
    throw error;
  }
}
