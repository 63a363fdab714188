import { type Handled, handle, ProblemError, requireShape } from '@fairlead/http';
import type { FlagRecord } from '@fairlead/ledger';
import { z } from 'zod';
import { clearFlag, getFlag, listFlags, setFlag } from '../api/flags.ts';
import { type DispatcherSwitches, expiryOf, FLAG_VALUES, type FlagRules } from '../flags.ts';

export interface FlagRoutesParts {
  readonly flags: DispatcherSwitches;
  readonly rules: FlagRules;
}

/** Run-time switches. Each change is noted in the audit; all dispatchers go by it within a second or two. */
export function flagRoutes({ flags, rules }: FlagRoutesParts): Handled[] {
  return [
    handle(listFlags).by(async () => ({
      status: 200,
      body: { flags: (await flags.list()).map(presentFlag) },
    })),
    handle(getFlag).by(async ({ params }) => {
      const { name } = requireFlag(params.name);
      const found = (await flags.list()).find((flag) => flag.name === name) as FlagRecord;
      return { status: 200, body: presentFlag(found) };
    }),
    handle(setFlag).by(async ({ params, body, principal: { actor } }) => {
      const { name, values } = requireFlag(params.name);
      const { value, expiresInSeconds } = body;
      requireShape(z.object({ value: values }), { value });
      const askedMs = expiresInSeconds === undefined ? undefined : expiresInSeconds * 1_000;
      const expiresInMs = expiryOf(rules, name, value, askedMs);
      return { status: 200, body: presentFlag(await flags.set(name, value, { actor, expiresInMs })) };
    }),
    handle(clearFlag).by(async ({ params, principal: { actor } }) => {
      const { name } = requireFlag(params.name);
      return { status: 200, body: presentFlag(await flags.clear(name, { actor })) };
    }),
  ];
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

function requireFlag(name: string) {
  const values = Object.hasOwn(FLAG_VALUES, name) ? FLAG_VALUES[name] : undefined;
  if (values !== undefined) return { name, values };
  throw new ProblemError('FLAG_NOT_FOUND', 'There is no flag of this name.', {
    fix: `Use one of ${Object.keys(FLAG_VALUES).join(', ')}.`,
  });
}
