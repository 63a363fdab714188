/** Redis and Postgres, each looked at over a connection of its own, when their addresses are known. */
import { FairleadError } from '@fairlead/core';
import { type Environment, readSetting } from '../config.ts';
import { Failure } from '../failure.ts';
import { DEADLINE_MS, type Finding, failed, skipped } from './check.ts';
import type { ClockReading } from './clocks.ts';
import { checkPostgres } from './postgres.ts';
import { checkRedis } from './redis.ts';

export interface ServerLook {
  readonly findings: readonly Finding[];
  readonly clock?: ClockReading;
}

export function lookAtRedis(env: Environment, nowMs: () => number): Promise<ServerLook> {
  return lookAt('redis', 'REDIS_URL', env, nowMs, async (url) => {
    const { inspectRedis } = await import('@fairlead/scheduler');
    const tlsCa = readSetting(env, 'REDIS_TLS_CA');
    const cluster = env['FAIRLEAD_REDIS_CLUSTER']?.trim() === 'on';
    const redis = { url, cluster, connectionName: 'fairlead-doctor', tlsCa };
    const facts = await inspectRedis(redis, DEADLINE_MS);
    const ledger = env['FAIRLEAD_LEDGER']?.trim() === 'off' ? 'off' : 'on';
    return { findings: checkRedis(facts, ledger), showedMs: facts.nowMs };
  });
}

export function lookAtPostgres(env: Environment, nowMs: () => number): Promise<ServerLook> {
  return lookAt('postgres', 'DATABASE_URL', env, nowMs, async (url) => {
    const { inspectDatabase } = await import('@fairlead/ledger');
    const facts = await inspectDatabase(url, DEADLINE_MS);
    return { findings: checkPostgres(facts), showedMs: facts.nowMs };
  });
}

async function lookAt(
  server: string,
  setting: string,
  env: Environment,
  nowMs: () => number,
  look: (url: string) => Promise<{ findings: readonly Finding[]; showedMs: number }>,
): Promise<ServerLook> {
  try {
    const url = readSetting(env, setting);
    if (url === undefined) {
      return {
        findings: [skipped(server, `${setting} is not set`, `Set ${setting} as the services have it.`)],
      };
    }
    const fromMs = nowMs();
    const { findings, showedMs } = await look(url);
    return { findings, clock: { whose: server, showedMs, fromMs, untilMs: nowMs() } };
  } catch (error) {
    if (!(error instanceof FairleadError) && !(error instanceof Failure)) throw error;
    return {
      findings: [
        failed(server, error.message, error.fix ?? `Check that it runs, and that ${setting} names it.`),
      ],
    };
  }
}
