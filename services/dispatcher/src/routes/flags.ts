import { methods, ProblemError, parseBody, requireShape } from '@fairlead/http';
import type { FlagRecord } from '@fairlead/ledger';
import type { Router } from 'express';
import { z } from 'zod';
import { type DispatcherSwitches, FLAG_VALUES } from '../flags.ts';

const YEAR_SECONDS = 365 * 24 * 3_600;

export const flagBody = z.strictObject({
  value: z.union([z.boolean(), z.number()], { error: 'must be a boolean or a number' }),
  expiresInSeconds: z.int().min(1).max(YEAR_SECONDS).optional(),
});

/** Until there is authentication, whoever is on this machine. */
const ACTOR = 'local';

/** Run-time switches. Each change is noted in the audit; all dispatchers go by it within a second or two. */
export function flagRoutes(router: Router, { flags }: { readonly flags: DispatcherSwitches }): void {
  const readFlag = parseBody(flagBody);

  methods(router, '/v1/flags', {
    GET: async (_req, res) => {
      res.json({ flags: (await flags.list()).map(presentFlag) });
    },
  });

  methods(router, '/v1/flags/:name', {
    GET: async (req, res) => {
      const { name } = requireFlag(req.params['name']);
      res.json(presentFlag((await flags.list()).find((flag) => flag.name === name) as FlagRecord));
    },
    PUT: async (req, res) => {
      const { name, values } = requireFlag(req.params['name']);
      const { value, expiresInSeconds } = await readFlag(req);
      requireShape(z.object({ value: values }), { value });
      const expiresInMs = expiresInSeconds === undefined ? undefined : expiresInSeconds * 1_000;
      res.json(presentFlag(await flags.set(name, value, { actor: ACTOR, expiresInMs })));
    },
    DELETE: async (req, res) => {
      const { name } = requireFlag(req.params['name']);
      res.json(presentFlag(await flags.clear(name, { actor: ACTOR })));
    },
  });
}

/** `source` tells whether the value is the one of the configuration, or was set at run time. */
function presentFlag({ name, value, source, updatedBy, updatedAt, expiresAt }: FlagRecord) {
  return {
    name,
    value,
    source,
    ...(updatedBy === undefined ? {} : { updatedBy }),
    ...(updatedAt === undefined ? {} : { updatedAt: updatedAt.toISOString() }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}

function requireFlag(name = '') {
  const values = Object.hasOwn(FLAG_VALUES, name) ? FLAG_VALUES[name] : undefined;
  if (values !== undefined) return { name, values };
  throw new ProblemError('FLAG_NOT_FOUND', 'There is no flag of this name.', {
    fix: `Use one of ${Object.keys(FLAG_VALUES).join(', ')}.`,
  });
}
