/** Stock BullMQ on one queue, with or without one update per job in Postgres: what people build first. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { Worker } from 'bullmq';
import { Pool } from 'pg';
import { createChecklist } from '../checklist.ts';
import { verifyCount, withPool } from '../stores.ts';

/** Marks a job as succeeded, with a statement and a commit of its own. */
export interface Recorder {
  /** Writes rows for jobs that were just accepted, in one statement. */
  accept(numbers: readonly number[]): Promise<void>;
  record(number: number, startedAt: Date): Promise<void>;
  close(): Promise<void>;
}

/** The peers' table: nothing but a primary key to maintain. `jobs` rows are in it already. */
export async function fillPeerJobs(url: string, jobs: number): Promise<void> {
  await withPool(url, 1, async (pool) => {
    await pool.query(`CREATE TABLE "PeerJob" (id int PRIMARY KEY, state text NOT NULL DEFAULT 'queued',
      attempts int NOT NULL DEFAULT 0, "startedAt" timestamptz(3), "finishedAt" timestamptz(3))`);
    await pool.query('INSERT INTO "PeerJob" (id) SELECT generate_series(0, $1::int - 1)', [jobs]);
  });
}

export function pgRecorder(url: string, connections: number): Recorder {
  const pool = new Pool({ connectionString: url, max: connections });
  return {
    async accept(numbers) {
      await pool.query({
        name: 'accept',
        text: 'INSERT INTO "PeerJob" (id) SELECT unnest($1::int[])',
        values: [numbers],
      });
    },
    async record(number, startedAt) {
      await pool.query({
        name: 'finish',
        text: `UPDATE "PeerJob" SET state = 'succeeded', attempts = 1, "startedAt" = $2, "finishedAt" = now()
          WHERE id = $1`,
        values: [number, startedAt],
      });
    },
    close: () => pool.end(),
  };
}

interface PeerClient {
  readonly peerJob: {
    createMany(args: { data: readonly object[] }): Promise<unknown>;
    update(args: { where: object; data: object; select: object }): Promise<unknown>;
  };
  $disconnect(): Promise<void>;
}

export async function prismaRecorder(url: string, connections: number): Promise<Recorder> {
  const { PrismaClient } = (await import(generateClient())) as {
    PrismaClient: new (options: { adapter: PrismaPg }) => PeerClient;
  };
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: connections }) });
  return {
    async accept(numbers) {
      await client.peerJob.createMany({ data: numbers.map((id) => ({ id })) });
    },
    async record(id, startedAt) {
      await client.peerJob.update({
        where: { id },
        data: { state: 'succeeded', attempts: 1, startedAt, finishedAt: new Date() },
        select: { id: true },
      });
    },
    close: () => client.$disconnect(),
  };
}

/** Makes the peer's Prisma client, which is not in the repository; gives the URL of its module. */
function generateClient(): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const manifest = createRequire(import.meta.url).resolve('prisma/package.json');
  const args = [join(dirname(manifest), 'build/index.js'), 'generate', '--no-hints'];
  // The command line insists on finding an engine binary that it does not use.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const run = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`prisma generate failed: ${run.stdout}${run.stderr}`);
  return pathToFileURL(join(root, '.generated/client.ts')).href;
}

/** Drains queue `q-0` of stock.ts with one worker; gives the seconds. */
export async function drainStockRecorded(
  redisUrl: string,
  jobs: number,
  concurrency: number,
  recording?: { databaseUrl: string; recorder: Recorder },
): Promise<number> {
  const checklist = createChecklist(jobs);
  const { hostname: host, port } = new URL(redisUrl);
  const startedMs = performance.now();
  const worker = new Worker(
    'q-0',
    async (job) => {
      await recording?.recorder.record((job.data as { number: number }).number, new Date());
      return null;
    },
    { connection: { host, port: Number(port) }, concurrency },
  );
  worker.on('completed', (job) => checklist.tick((job.data as { number: number }).number));
  await checklist.complete;
  const seconds = (performance.now() - startedMs) / 1_000;
  checklist.verify();
  await worker.close();
  if (recording) {
    await recording.recorder.close();
    const sql = `SELECT count(*) FROM "PeerJob" WHERE state = 'succeeded'`;
    await verifyCount(recording.databaseUrl, sql, jobs);
  }
  return seconds;
}
