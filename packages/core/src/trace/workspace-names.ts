/** Names of workspaces for the tenants of a trace, which are called as they were called there: by a hash mostly. */
import { isWorkspaceSlug } from '../workspace.ts';

const HASH = /^[0-9a-f]{16,}$/i;
const LEAST_DIGITS = 8;
const MAX_LENGTH = 63;

/**
 * A name of a workspace for each tenant, those with most jobs first: what is a hash becomes the prefix and as much of it
 * as tells the tenants apart, anything else the prefix and itself as a slug. Two that would be called alike get numbers.
 *
 * @param tenants one for each job
 * @param prefix how all names begin, as `app-`; may be empty
 */
export function workspaceNames(tenants: readonly string[], prefix: string): Map<string, string> {
  const counts = new Map<string, number>();
  for (const tenant of tenants) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  const digits = tellingDigits([...counts.keys()].filter((tenant) => HASH.test(tenant)));
  const busiestFirst = [...counts].sort(([, a], [, b]) => b - a).map(([tenant]) => tenant);
  const taken = new Set<string>();
  return new Map(
    busiestFirst.map((tenant) => {
      const stem = HASH.test(tenant) ? tenant.toLowerCase().slice(0, digits) : slugOf(tenant);
      const wanted = `${prefix}${stem}`.slice(0, MAX_LENGTH);
      const whole = isWorkspaceSlug(wanted) ? wanted : 'tenant';
      let name = whole;
      for (let number = 2; taken.has(name); number++) {
        const ending = `-${number}`;
        name = whole.slice(0, MAX_LENGTH - ending.length) + ending;
      }
      taken.add(name);
      return [tenant, name];
    }),
  );
}

/** As many digits as no two of the hashes share. */
function tellingDigits(hashes: readonly string[]): number {
  const longest = Math.max(LEAST_DIGITS, ...hashes.map(({ length }) => length));
  let digits = LEAST_DIGITS;
  while (digits < longest && new Set(hashes.map((hash) => hash.slice(0, digits))).size < hashes.length)
    digits++;
  return digits;
}

function slugOf(tenant: string): string {
  const plain = tenant.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '');
  return plain.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}
