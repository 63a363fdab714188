/**
 * A burst, a failing tenant, and the end of the burst, decided by a real controller that starts and drains real replicas:
 *
 *     capacity   128 ─▶ +64 ─▶ +64 ─▶ … ─▶ halved (a tenant's jobs die) ─▶ +64 ─▶ … ─▶ 128 (nothing is left to do)
 *     replicas     1 ─────────▶ follow ──────────────────────────────────────────▶ drained to 1
 *
 * Each decision is a row, and a span that a real collector decodes; both are the same bytes, and recompute. No job is
 * lost, and replicas that go have finished what they ran.
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DecisionRecord, type DecisionRecordOf, parseRecord } from '@fairlead/core';
import {
  createControllerClient,
  createReplicaSet,
  DEFAULT_RESTART_POLICY,
  followController,
  replicaName,
  servicePart,
  supervise,
} from '@fairlead/local';
import { type OtlpReceiver, otlpReceiver, type ReceivedSpan, waitFor } from '@fairlead/testkit';
import { atLeast, exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { capacityPolicy, FLOOR, RAMP_STEP, SLOTS_PER_REPLICA } from '../rig/capacity-policy.ts';
import { verdict } from '../rig/checker.ts';
import type { Client } from '../rig/client.ts';
import { type Rig, withRig } from '../rig/rig.ts';

const CONSUMER = fileURLToPath(new URL('../../../services/consumer/src/main.ts', import.meta.url));
const WORKSPACES = 20;
const TICK_MS = 1_000;
const DRAIN_MS = 20_000;
/** The next report of a replica, and that of the one that is looked at. */
const OBEYED_WITHIN_MS = 2_000;

type Autoscale = DecisionRecordOf<'autoscale'>;

export const capacityFollows: FaultTest = {
  name: 'capacity-follows',
  about: 'a burst raises capacity by steps, a failing tenant halves it, and it comes back; replicas follow',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const jobs = quick ? 1_600 : 20_000;
      const steps = quick ? 2 : 5;
      const pace = quick ? 1 : 2;
      const jobMs = quick ? 2_500 : 3_000;
      const collector = await otlpReceiver();
      const policyFile = join(tmpdir(), `fairlead-policy-${process.pid}.json`);
      await writeFile(policyFile, JSON.stringify(capacityPolicy(pace)));
      const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      const [dispatcher, controller] = await Promise.all([
        rig.dispatcher({ env: sampled(tracing, 0.02) }),
        rig.controller({
          env: {
            ...tracing,
            FAIRLEAD_POLICY: policyFile,
            FAIRLEAD_TICK_MS: String(TICK_MS),
            FAIRLEAD_ACTUATOR: 'process',
          },
        }),
      ]);
      const replicas = followedReplicas(rig, controller.url, sampled(tracing, 0.02), jobMs, say);
      const client = rig.client(dispatcher);
      try {
        await replicas.set.start();
        const decided = () => decisions(rig);
        const isRamp = ({ reasonCode }: Autoscale) => reasonCode === 'ramp_step';
        const isStepDown = ({ reasonCode }: Autoscale) => reasonCode === 'guardrail_step_down';

        const accepted = await client.addMany(burst(jobs, jobMs));
        say(`${jobs} jobs of ${WORKSPACES} workspaces are accepted`);
        /** Until it is so there is work, however slow the decisions are. */
        const busyUntil = (what: string, isSo: () => Promise<boolean>) =>
          waitFor(
            async () => {
              if (await isSo()) return true;
              if ((await unfinished(rig)) < jobs / 4)
                accepted.push(...(await client.addMany(burst(jobs / 4, jobMs))));
              return false;
            },
            { what, deadlineMs: 120_000, everyMs: 100 },
          );
        await busyUntil('capacity has risen', async () => (await decided()).filter(isRamp).length >= steps);
        const dead = await keepFailing(client, async () => (await decided()).some(isStepDown));
        say(`${dead.length} jobs of a tenant have died, and capacity was halved`);
        const fell = (await decided()).findIndex(isStepDown);
        await busyUntil(
          'capacity has come back',
          async () => (await decided()).slice(fell).filter(isRamp).length >= 2,
        );
        await waitFor(async () => (await unfinished(rig)) === 0, {
          what: 'all is done',
          deadlineMs: 300_000,
          everyMs: 500,
        });
        say('all is done; capacity and replicas go down');
        await waitFor(async () => (await decided()).at(-1)?.to === FLOOR && replicas.now() === 1, {
          what: 'capacity and replicas are as at first',
          deadlineMs: 180_000,
          everyMs: 200,
        });
        const all = await decided();
        for (const line of all.filter(({ action }) => action !== 'hold').map(inWords)) say(line);
        const down = all[fell] as Autoscale;
        const ramps = all.filter(isRamp);
        const received = await spansOf(collector, all);
        return [
          figure('ramp_steps', ramps.length, atLeast(steps + 2)),
          figure(
            'ramp_steps_not_of_64',
            ramps.filter(({ from, to }) => to - from > RAMP_STEP).length,
            exactly(0),
          ),
          figure('guardrail_step_downs', all.filter(isStepDown).length, some),
          figure('capacity_before_the_guardrail', down.from),
          figure('capacity_after_it', down.to, exactly(Math.max(FLOOR, Math.floor(down.from / 2)))),
          figure('most_replicas', replicas.most(), atLeast(2)),
          figure('replicas_at_the_end', replicas.now(), exactly(1)),
          // Told and not held: it is a sum of reports of different moments, up to two seconds apart.
          figure('most_running_above_capacity_by_reports', replicas.overCapacity()),
          figure('decisions', all.length, some),
          figure('decisions_without_their_span', received.missing, exactly(0)),
          figure('spans_with_another_record', received.different, exactly(0)),
          figure('evidence_jobs_linked_from_the_step_down', received.evidence, some),
          ...(await verified(rig, controller.url)),
          ...(await verdict(rig, { accepted: [...accepted, ...dead], dead: dead.length })),
        ];
      } catch (error) {
        // Why it did not come so far, in the controller's own words.
        for (const line of (await decisions(rig)).map(inWords)) say(line);
        throw error;
      } finally {
        await replicas.stop();
        client.close();
        await collector.close();
      }
    }),
};

/** Of jobs only a part; decisions are always sent. */
const sampled = (env: Record<string, string>, part: number) => ({
  ...env,
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: String(part),
});

const burst = (jobs: number, ms: number) =>
  Array.from({ length: jobs }, (_, index) => ({
    workspace: `tenant-${index % WORKSPACES}`,
    payload: { ms, effects: [] },
  }));

/**
 * A tenant whose jobs die at once, a few at a time, until `enough`: in fair service a backlog of them would go on dying
 * for long.
 */
async function keepFailing(client: Client, enough: () => Promise<boolean>): Promise<string[]> {
  const ids: string[] = [];
  const failing = { workspace: 'broken', payload: { ms: 'not a number' }, maxAttempts: 1 };
  await waitFor(
    async () => {
      ids.push(...(await client.addMany(Array.from({ length: 4 }, () => failing))));
      return enough();
    },
    { what: 'the guardrail is breached', deadlineMs: 60_000, everyMs: 500 },
  );
  return ids;
}

/** Replicas as processes, whose number follows the controller, and what was seen of them. */
function followedReplicas(
  rig: Rig,
  url: string,
  env: Record<string, string>,
  jobMs: number,
  say: (line: string) => void,
) {
  const controller = createControllerClient({ url: () => url, apiKey: rig.apiKey });
  const alive = new Set([replicaName(1)]);
  let most = 1;
  let over = 0;
  const capacities: { readonly atMs: number; readonly capacity: number }[] = [];
  const set = createReplicaSet({
    first: 1,
    replica: (number) =>
      supervise(
        servicePart({
          name: replicaName(number),
          script: CONSUMER,
          nodeFlags: ['--conditions=development'],
          env: () => ({
            ...process.env,
            ...rig.replicaEnv,
            ...env,
            HOST: '127.0.0.1',
            PORT: '0',
            FAIRLEAD_REPLICA_ID: replicaName(number),
            FAIRLEAD_CONCURRENCY: String(SLOTS_PER_REPLICA),
            FAIRLEAD_DRAIN_TIMEOUT_MS: String(DRAIN_MS),
          }),
          logFile: join(tmpdir(), `fairlead-${process.pid}-${replicaName(number)}.log`),
          stopDeadlineMs: DRAIN_MS + 5_000,
          readyDeadlineMs: 60_000,
          onLog() {},
        }),
        DEFAULT_RESTART_POLICY,
        (event) => say(`${event.name}: ${event.kind}`),
      ),
    onNews: (news) => {
      if (news.kind === 'started') alive.add(news.name);
      else alive.delete(news.name);
      most = Math.max(most, alive.size);
      say(`${news.name} ${news.kind}${news.kind === 'failed' ? `: ${news.why}` : ''}`);
    },
  });
  const unfollow = followController({
    controller: {
      capacity: async (signal) => {
        const seen = await controller.capacity(signal);
        const running = (seen.replicas.live ?? []).reduce((sum, replica) => sum + replica.running, 0);
        // What ran when capacity fell finishes: the highest capacity of a job's time ago is what it may have begun under.
        const nowMs = performance.now();
        capacities.push({ atMs: nowMs, capacity: seen.capacity ?? Number.POSITIVE_INFINITY });
        const since = capacities.findLastIndex(({ atMs }) => atMs < nowMs - jobMs - OBEYED_WITHIN_MS);
        const allowed = Math.max(...capacities.slice(Math.max(0, since)).map(({ capacity }) => capacity));
        over = Math.max(over, running - allowed);
        return seen;
      },
    },
    replicas: set,
  });
  return {
    set,
    now: () => alive.size,
    most: () => most,
    overCapacity: () => over,
    stop: async () => {
      await unfollow();
      await set.stop();
    },
  };
}

async function decisions(rig: Rig): Promise<Autoscale[]> {
  const rows = await rig.sql<{ record: string }>(
    `SELECT record::text AS record FROM "Decision" WHERE kind = 'autoscale' ORDER BY position`,
  );
  return rows.map(({ record }) => JSON.parse(record) as Autoscale);
}

const unfinished = (rig: Rig) =>
  rig.count(`SELECT count(*) FROM "Job" WHERE state IN ('accepted', 'queued')`);

const inWords = ({ reasonCode, from, to, details }: Autoscale) =>
  `${reasonCode}: ${from} → ${to}, ${(details as { replicas: number }).replicas} replicas`;

/** The collector has a span for each decision, and it carries the very record. */
async function spansOf(collector: OtlpReceiver, all: readonly Autoscale[]) {
  const text = (span: ReceivedSpan) => String(span.attributes['fairlead.decision.record']);
  const byId = () => {
    const spans = new Map<string, ReceivedSpan>();
    for (const span of collector.spans()) {
      if (span.name !== 'decide autoscale') continue;
      const read = parseRecord(text(span));
      if (read.outcome === 'record') spans.set(read.record.id, span);
    }
    return spans;
  };
  await waitFor(() => all.every(({ id }) => byId().has(id)), {
    what: 'every decision has its span',
    deadlineMs: 30_000,
    everyMs: 500,
  }).catch(() => {});
  const spans = byId();
  const recordOf = (span: ReceivedSpan) => parseRecord(text(span)) as { record: DecisionRecord };
  const found = all.flatMap((record) => {
    const span = spans.get(record.id);
    return span ? [{ record, span }] : [];
  });
  const down = found.find(({ record }) => record.reasonCode === 'guardrail_step_down');
  return {
    missing: all.length - found.length,
    different: found.filter(({ record, span }) => recordOf(span).record.hash !== record.hash).length,
    // One link is to the decision before.
    evidence: (down?.span.links.length ?? 0) - 1,
  };
}

async function verified(rig: Rig, url: string) {
  const client = rig.client({ url });
  const reply = await client.call('POST', '/v1/decisions:verify', {
    kind: 'autoscale',
    subject: { type: 'cluster', id: 'cluster' },
  });
  client.close();
  if (reply.outcome !== 'answered' || reply.status !== 200) throw new Error(JSON.stringify(reply));
  return [
    figure('recomputed', Number(reply.body.recomputed), some, 'decisions'),
    figure('differences', reply.body.differences.length, exactly(0)),
  ];
}
