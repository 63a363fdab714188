/** Pieces that the shapes of several operations are made of. */
import { z } from 'zod';

/** The router checks its form, and answers WORKSPACE_NAME_INVALID. */
export const workspaceName = z
  .string()
  .meta({ description: 'Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them', examples: ['acme'] });

/** A time in an answer. */
export const time = z.iso.datetime();

/** For the next page; null: there is none. */
export const nextCursor = z.string().nullable();

/** How many to answer with, from a query's text. */
export function pageLimit(most: number, fallback: number) {
  return z.coerce.number().pipe(z.int().min(1).max(most)).default(fallback);
}
