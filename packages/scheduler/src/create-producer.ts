import { createOwnProducer, type OwnProducer, type ProducerOptions } from './own-producer.ts';
import { type Producer, producerOver } from './producer.ts';
import type { Scheduler } from './scheduler.ts';

/** A producer over a scheduler that the program has anyway; settings and generation are the program's to write. */
export function createProducer(scheduler: Scheduler): Producer;
/**
 * A producer with a connection of its own, in one call: `createProducer({ redis: { url } })`. It connects in the background.
 *
 * @throws FairleadError CONFIG_INVALID
 */
export function createProducer(options: ProducerOptions): OwnProducer;
export function createProducer(given: Scheduler | ProducerOptions): Producer {
  return 'ping' in given ? producerOver(given) : createOwnProducer(given);
}
