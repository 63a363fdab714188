import { randomBytes } from 'node:crypto';
import { createLogger, startServer } from '@fairlead/http';
import { createLedger, type Ledger } from '@fairlead/ledger';
import { createProducer, createScheduler, type Scheduler } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { createDispatcher, type Dispatcher, type DispatcherParts } from '../src/app.ts';
import type { JobRecords } from '../src/ledger/keeping.ts';
import { assertDeclared } from './assert-declared.ts';

export interface OpenDispatcher {
  readonly url: string;
  readonly app: Dispatcher['app'];
  readonly scheduler: Scheduler;
  readonly ledger: Ledger;
  readonly restored: () => number;
  readonly rejected: Map<string, number>;
  /** By `<scope> <reason>`. */
  readonly heldBack: Map<string, number>;
  readonly log: () => string;
  /** An admin's. */
  readonly key: string;
  /**
   * Sends JSON, or a string as it is, with the admin's key; gives the status, the headers and the parsed answer, which
   * is what the operation declares.
   */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
  readonly body: any;
}

/** The dispatcher in this process, over real servers; resolves once it is ready. */
export async function openDispatcher(servers: {
  redisUrl: string;
  databaseUrl: string;
  shards?: number;
  /** Remember jobs in Postgres. */
  ledger?: 'on';
  inline?: DispatcherParts['inline'];
  requireKeys?: boolean;
  watchEveryMs?: number;
  /** How long windows wait for Redis. Default: long, for most tests are of a Redis that is there, however slow. */
  addWithinMs?: number;
  /** Changes what the dispatcher has of the ledger. */
  records?: (records: JobRecords) => JobRecords;
}): Promise<OpenDispatcher> {
  const lines: string[] = [];
  const logger = createLogger('dispatcher', 'trace', { write: (line) => void lines.push(line) });
  const scheduler = createScheduler({
    redis: { url: servers.redisUrl, connectionName: 'dispatcher-test' },
    shards: servers.shards ?? 1,
    logger,
  });
  const ledger = createLedger({ databaseUrl: servers.databaseUrl, relayGraceMs: 1_500 });
  const rejected = new Map<string, number>();
  const heldBack = new Map<string, number>();
  let restored = 0;
  const key = newKey();
  const { records = (same) => same } = servers;
  const dispatcher = createDispatcher({
    bootstrapKey: key,
    scheduler,
    producer: createProducer(scheduler),
    ledger,
    records: servers.ledger ? records({ ...ledger, holder: `test-${Math.random()}` }) : undefined,
    ...(servers.inline ? { inline: servers.inline } : {}),
    requireKeys: servers.requireKeys ?? false,
    watchEveryMs: servers.watchEveryMs,
    addWithinMs: servers.addWithinMs ?? 10_000,
    metrics: {
      accepted() {},
      repeated() {},
      queued() {},
      rejected: (code, jobs) => void rejected.set(code, (rejected.get(code) ?? 0) + jobs),
      restored: () => restored++,
      observeAudit() {},
      heldBack({ scope, reason }, jobs) {
        const name = `${scope} ${reason}`;
        heldBack.set(name, (heldBack.get(name) ?? 0) + jobs);
      },
      observePressure() {},
    },
    logger,
    metricsHandler: (_req, res) => void res.type('text/plain').send('up 1\n'),
    onAnswered() {},
  });
  const server = await startServer(dispatcher.app, { host: '127.0.0.1', port: 0 });
  dispatcher.start();

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    assertDeclared(method, path, answer);
    return answer;
  }
  await waitFor(async () => (await call('GET', '/readyz')).status === 200, {
    what: 'the dispatcher is ready',
    deadlineMs: 60_000,
  });
  return {
    url: server.url,
    app: dispatcher.app,
    scheduler,
    ledger,
    restored: () => restored,
    rejected,
    heldBack,
    log: () => lines.join(''),
    key,
    call,
    async close() {
      await server.close(2_000);
      await dispatcher.stop();
      await Promise.all([scheduler.close(), ledger.close()]);
    },
  };
}

/** A key in the form that the ledger asks for. */
export function newKey(): string {
  return `flk_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;
}
