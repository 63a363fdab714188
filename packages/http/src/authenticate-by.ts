import type { Authenticate } from './authorize.ts';
import type { Scope } from './operation.ts';

/** Stored keys, as far as it takes to say who somebody is. */
export interface StoredKeys {
  /** Undefined: it is none, or not any more. */
  verify(key: string): Promise<
    | {
        readonly prefix: string;
        readonly scopes: readonly Scope[];
        /** Null: all of them. */
        readonly workspace: string | null;
      }
    | undefined
  >;
}

/** Stored keys as principals. */
export function authenticateBy(keys: StoredKeys): Authenticate {
  return async (key) => {
    const record = await keys.verify(key);
    return (
      record && {
        actor: `key:${record.prefix}`,
        scopes: new Set(record.scopes),
        workspace: record.workspace ?? undefined,
      }
    );
  };
}
