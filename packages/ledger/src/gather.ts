import { FairleadError } from '@fairlead/core';
import { noAnswer } from './faults.ts';

/**
 * Group commit: calls that come at about the same time travel in one statement, and share its one commit.
 *
 *   call ──► pending ──► under way ──► answered
 *              │ deadline    │ deadline
 *              ▼             ▼
 *           rejected      rejected, and whatever Postgres did is not waited for
 *
 * With nothing under way a batch leaves at the end of this turn of the event loop: an idle system waits for nobody, and
 * requests that were read from their sockets together still go together. With something under way it waits for
 * `waitMs`, for the next answer or until it is full, whichever comes first: the busier Postgres is, the larger the
 * batches. Arrival order is kept, and a call is never split over batches unless it is larger than one.
 *
 * A batch that Postgres refuses because of a value is halved until the refusal is the culprit's alone. An outage
 * rejects all calls of the batch, and no others.
 */
export interface GatherOptions<Item, Answer> {
  /** One statement for all items; answers in their order. */
  readonly send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly bytesOf: (item: Item) => number;
  readonly maxRows: number;
  readonly maxBytes: number;
  /** How long a call may wait for company. */
  readonly waitMs: number;
  /** Batches at Postgres at the same time. */
  readonly maxUnderWay: number;
  /** From the call to its answer. */
  readonly deadlineMs: number;
}

/** Answers in the order of the items. Rejects with LEDGER_UNAVAILABLE at the deadline at the latest. */
export type Gather<Item, Answer> = (items: readonly Item[]) => Promise<Answer[]>;

interface Call<Item, Answer> {
  readonly items: readonly Item[];
  readonly bytes: number;
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createGather<Item, Answer>(options: GatherOptions<Item, Answer>): Gather<Item, Answer> {
  const { send, bytesOf, maxRows, maxBytes, waitMs, maxUnderWay, deadlineMs } = options;
  const pending: Call<Item, Answer>[] = [];
  let underWay = 0;
  let endOfTurn: NodeJS.Immediate | undefined;
  let endOfWait: NodeJS.Timeout | undefined;

  return async function gather(items) {
    const chunks = inChunks(items, bytesOf, maxRows, maxBytes);
    return (await Promise.all(chunks.map(enqueue))).flat();
  };

  function enqueue({ items, bytes }: Chunk<Item>): Promise<readonly Answer[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>();
    const call = { items, bytes, resolve, reject };
    const deadline = setTimeout(() => {
      const place = pending.indexOf(call);
      if (place >= 0) pending.splice(place, 1);
      reject(noAnswer(deadlineMs));
    }, deadlineMs);
    pending.push(call);
    schedule();
    return promise.finally(() => clearTimeout(deadline));
  }

  function schedule(): void {
    if (pending.length === 0 || underWay >= maxUnderWay) return;
    if (underWay === 0) endOfTurn ??= setImmediate(leave);
    else if (isFull()) leave();
    else endOfWait ??= setTimeout(leave, waitMs);
  }

  function isFull(): boolean {
    let rows = 0;
    let bytes = 0;
    for (const call of pending) {
      rows += call.items.length;
      bytes += call.bytes;
      if (rows >= maxRows || bytes >= maxBytes) return true;
    }
    return false;
  }

  function leave(): void {
    clearImmediate(endOfTurn);
    clearTimeout(endOfWait);
    endOfTurn = undefined;
    endOfWait = undefined;
    if (pending.length === 0 || underWay >= maxUnderWay) return;
    const calls = takeBatch();
    underWay++;
    settle(calls).finally(() => {
      underWay--;
      // Who came in the meantime has waited for this answer, and leaves now.
      leave();
    });
    schedule();
  }

  function takeBatch(): Call<Item, Answer>[] {
    let count = 0;
    let rows = 0;
    let bytes = 0;
    for (const call of pending) {
      rows += call.items.length;
      bytes += call.bytes;
      if (count > 0 && (rows > maxRows || bytes > maxBytes)) break;
      count++;
    }
    return pending.splice(0, count);
  }

  async function settle(calls: readonly Call<Item, Answer>[]): Promise<void> {
    try {
      const answers = await send(calls.flatMap((call) => call.items));
      let from = 0;
      for (const call of calls) {
        call.resolve(answers.slice(from, from + call.items.length));
        from += call.items.length;
      }
    } catch (error) {
      if (calls.length === 1 || !isRefusedValue(error)) {
        for (const call of calls) call.reject(error);
        return;
      }
      const middle = calls.length >> 1;
      await settle(calls.slice(0, middle));
      await settle(calls.slice(middle));
    }
  }
}

/** True when Postgres works, but not with what one of the callers wants to write; whatever it says about that. */
export function isRefusedValue(error: unknown): boolean {
  return !(error instanceof FairleadError && error.code === 'LEDGER_UNAVAILABLE');
}

interface Chunk<Item> {
  items: Item[];
  bytes: number;
}

function inChunks<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  maxRows: number,
  maxBytes: number,
): Chunk<Item>[] {
  const chunks: Chunk<Item>[] = [];
  let chunk: Chunk<Item> | undefined;
  for (const item of items) {
    const bytes = bytesOf(item);
    if (chunk === undefined || chunk.items.length >= maxRows || chunk.bytes + bytes > maxBytes) {
      chunk = { items: [], bytes: 0 };
      chunks.push(chunk);
    }
    chunk.items.push(item);
    chunk.bytes += bytes;
  }
  return chunks;
}
