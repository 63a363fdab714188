import type { RedisFacts } from '@fairlead/scheduler';
import { type Finding, failed, isAtLeast, ok, warning } from './check.ts';

const OLDEST = [7, 0] as const;
const MIB = 1024 * 1024;

/** What Fairlead needs of a Redis. `ledger`: Postgres remembers the jobs too. */
export function checkRedis(redis: RedisFacts, ledger: 'on' | 'off'): Finding[] {
  return [
    isAtLeast(redis.version, OLDEST)
      ? ok('redis version', redis.version)
      : failed(
          'redis version',
          `${redis.version} is older than ${OLDEST.join('.')}`,
          'Upgrade Redis to 7.0 or newer.',
        ),
    checkEviction(redis),
    checkMemory(redis),
    checkAppendOnly(redis, ledger),
  ];
}

function checkEviction({ evictionPolicy }: RedisFacts): Finding {
  const check = 'redis eviction';
  if (evictionPolicy === 'noeviction') return ok(check, 'noeviction');
  return failed(
    check,
    `maxmemory-policy is ${evictionPolicy}: a full Redis throws jobs away`,
    'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
  );
}

function checkMemory({ usedBytes, maxBytes }: RedisFacts): Finding {
  const check = 'redis memory';
  const used = Math.ceil(usedBytes / MIB);
  if (maxBytes > 0) return ok(check, `${used} of ${Math.floor(maxBytes / MIB)} MiB used`);
  return warning(
    check,
    `${used} MiB used, and no maxmemory: new work is never refused, and the system may kill Redis`,
    'redis-cli CONFIG SET maxmemory, with what the machine can spare, and the same in redis.conf.',
  );
}

function checkAppendOnly({ appendOnly }: RedisFacts, ledger: 'on' | 'off'): Finding {
  const check = 'redis persistence';
  if (appendOnly) return ok(check, 'append-only file');
  const fix = 'redis-cli CONFIG SET appendonly yes, and the same in redis.conf.';
  if (ledger === 'off') return failed(check, 'no append-only file: a restart loses every job', fix);
  return warning(check, 'no append-only file: after a restart every job is read from Postgres again', fix);
}
