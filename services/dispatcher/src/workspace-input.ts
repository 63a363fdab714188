/** What clients may say of a workspace's settings. 0, and null too, means unlimited; 'quota': as its quota is. */
import { isWorkspaceSlug } from '@fairlead/core';
import { checkShape } from '@fairlead/http';
import type { SettingsChange } from '@fairlead/ledger';
import { z } from 'zod';

const MOST = 1_000_000;
/** A share a thousand times smaller than the default is as good as a pause; a pause says so. */
const LEAST_WEIGHT = 0.001;
/** One start in about a quarter of an hour. */
const LEAST_RATE = 0.001;

const orUnlimited = (limit: z.ZodType<number>) =>
  z.union([z.literal(0), z.literal('quota'), limit], { error: describe(limit) }).nullable();

function describe(limit: z.ZodType<number>) {
  return ({ input }: { input?: unknown }) => {
    const checked = checkShape(limit, input);
    return checked.outcome === 'invalid' ? checked.issues[0]?.message : undefined;
  };
}

const settings = z
  .strictObject({
    displayName: z
      .string()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters')
      .nullable(),
    weight: z.number().min(LEAST_WEIGHT).max(MOST),
    concurrency: orUnlimited(z.int().min(1).max(MOST)),
    ratePerSecond: orUnlimited(z.number().min(LEAST_RATE).max(MOST)),
    burst: orUnlimited(z.int().min(1).max(MOST)),
    maxBacklog: z.int().min(0).max(100_000_000),
    paused: z.boolean(),
    highQuotaEnabled: z.boolean(),
    fairness: z.enum(['starts', 'runtime']),
    /** The version that the change was made from; another one is a conflict. */
    version: z.int().min(1),
  })
  .partial();

export const settingsBody = settings.refine(
  ({ version: _version, ...change }) => Object.values(change).some((value) => value !== undefined),
  {
    error: `has nothing to change: give one of ${Object.keys(settings.shape)
      .filter((name) => name !== 'version')
      .join(', ')}`,
  },
);

/** The change for the ledger, where null is unlimited. */
export function toChange(body: z.output<typeof settingsBody>): SettingsChange {
  const { version: _version, ...change } = body;
  return {
    ...change,
    ...unlimited(change, 'concurrency'),
    ...unlimited(change, 'ratePerSecond'),
    ...unlimited(change, 'burst'),
  };
}

function unlimited<K extends string>(
  change: { readonly [N in K]?: number | 'quota' | null | undefined },
  name: K,
): object {
  return change[name] === 0 ? { [name]: null } : {};
}

export const SLUG_FIX = 'Use 1 to 63 of a-z, 0-9 and "-", beginning with a letter or digit.';

export const pageQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(100),
  cursor: z.string().refine(isWorkspaceSlug, 'is not a cursor of an earlier page').optional(),
});
