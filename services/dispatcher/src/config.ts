/** The only reader of the environment in this service. */
import { BlockList, isIP } from 'node:net';
import {
  commonSettings,
  type Environment,
  ledgerSettings,
  parseSettings,
  type SettingsResult,
  tracingSettings,
  whole,
} from '@fairlead/http';
import { z } from 'zod';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host name or address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

const schema = z.object({
  ...commonSettings,
  ...ledgerSettings,
  ...tracingSettings,
  FAIRLEAD_RETENTION_DAYS: whole(1, 3_650, 30).describe(
    'days that finished jobs, windows and runs stay in Postgres; effects stay three times as long',
  ),
  FAIRLEAD_REDIS_FULL_PERCENT: whole(10, 95, 70).describe(
    'percent of the maxmemory of Redis above which new work is refused',
  ),
  FAIRLEAD_DISPATCH_INLINE: z
    .literal('off', { error: 'must be off: this version cannot run the jobs of a window inline' })
    .default('off')
    .describe('whether a window that cannot be enqueued runs in the dispatcher'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .refine(isLoopback, {
      error:
        'must be a loopback address such as 127.0.0.1: whoever reaches this service may do anything, since it asks ' +
        'for no credentials yet',
    })
    .describe('address to listen on'),
  FAIRLEAD_DRAIN_TIMEOUT_MS: whole(500, 2 ** 31 - 1, 25_000).describe('from SIGTERM to exit at the latest'),
});

export type Config = z.output<typeof schema>;

export type ConfigResult = SettingsResult<Config>;

/** Reads the configuration from the environment; an empty variable counts as not set. */
export function readConfig(env: Environment = process.env): ConfigResult {
  return parseSettings(schema, env);
}
