/** Pieces that the shapes of many operations are made of. */
import { z } from 'zod';

/** A time in an answer. */
export const time = z.iso.datetime();

/** For the next page; null: there is none. */
export const nextCursor = z.string().nullable();

/** How many to answer with, from a query's text. */
export function pageLimit(most: number, fallback: number) {
  return z.coerce.number().pipe(z.int().min(1).max(most)).default(fallback);
}
