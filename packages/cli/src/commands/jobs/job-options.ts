/** What can be said of a job besides its type; the same for one that is added and one that a schedule makes. */
import { InvalidArgumentError } from 'commander';
import type { Context } from '../../context.ts';
import { usage } from '../../failure.ts';
import { parseDuration } from '../../input/duration.ts';
import { parseJson } from '../../input/json.ts';
import { readSource } from '../../input/source.ts';

export interface Backoff {
  readonly type: 'fixed' | 'exponential';
  readonly delayMs: number;
}

export interface JobOptions {
  readonly payload?: unknown;
  readonly payloadFile?: string | undefined;
  readonly priority?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly backoff?: Backoff | undefined;
  readonly timeout?: number | undefined;
}

/** `exponential:2s` */
export function parseBackoff(text: string): Backoff {
  const [type, delay, ...rest] = text.split(':');
  if ((type !== 'fixed' && type !== 'exponential') || delay === undefined || rest.length > 0) {
    throw new InvalidArgumentError(
      'It is fixed or exponential, a colon and a duration, like exponential:2s.',
    );
  }
  return { type, delayMs: parseDuration(delay) };
}

/** The same in the words of the API. */
export async function jobFields(context: Context, options: JobOptions) {
  const { priority, maxAttempts, backoff, timeout } = options;
  const payload = await payloadOf(context, options);
  return {
    ...(payload === undefined ? {} : { payload }),
    ...(priority === undefined ? {} : { priority }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(backoff === undefined ? {} : { backoff }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}

async function payloadOf(context: Context, { payload, payloadFile }: JobOptions): Promise<unknown> {
  if (payloadFile === undefined) return payload;
  const text = await readSource(context, payloadFile);
  try {
    return parseJson(text);
  } catch {
    throw usage(
      `${payloadFile === '-' ? 'Standard input' : payloadFile} is no JSON.`,
      'It holds one JSON value.',
    );
  }
}
