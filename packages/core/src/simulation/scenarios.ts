import type { Scenario, ScenarioEvent, SimulatedWorkspace } from './scenario.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What can be simulated, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = Object.fromEntries(
  [
    scenario(
      'day',
      'A day of forty tenants: two busy hours, a bad half hour, a night.',
      24 * HOUR,
      tenants(40, 'day'),
      [
        { kind: 'load', workspace: 'ws-3', percent: 2_000, ...between(10 * HOUR, 11 * HOUR) },
        { kind: 'failures', workspace: null, deadBp: 600, ...between(14 * HOUR, 14 * HOUR + 30 * MINUTE) },
        { kind: 'claim_latency', p95Ms: 80, ...between(16 * HOUR, 16 * HOUR + 3 * MINUTE) },
        { kind: 'lost_signal', ...between(18 * HOUR, 18 * HOUR + 5 * MINUTE) },
        { kind: 'leader_change', ...between(20 * HOUR, 20 * HOUR + 30 * SECOND) },
      ],
    ),
    scenario(
      'burst',
      'Thirty tenants get busy at once: capacity follows in steps of 64.',
      2 * HOUR,
      tenants(30),
      [{ kind: 'load', workspace: null, percent: 3_000, ...between(5 * MINUTE, 35 * MINUTE) }],
    ),
    scenario(
      'guardrail-breach',
      'A cluster on its way up begins to fail: capacity is halved, once a cooldown.',
      3 * HOUR,
      tenants(60),
      [
        { kind: 'failures', workspace: null, deadBp: 2_000, ...between(90 * MINUTE, 100 * MINUTE) },
        { kind: 'claim_latency', p95Ms: 120, ...between(140 * MINUTE, 142 * MINUTE) },
      ],
    ),
    scenario(
      'promotion',
      'A healthy tenant that may is promoted after four windows; its neighbour that may not is not.',
      3 * HOUR,
      [
        tenant('calm', { eligible: true }),
        tenant('calm-but-not-allowed', { eligible: false }),
        tenant('quiet', { eligible: true, jobsPerMinute: 0 }),
      ],
      [],
    ),
    scenario(
      'demotion',
      'A promoted tenant fails for two windows of 15 minutes and is demoted; it requalifies.',
      6 * HOUR,
      [tenant('flaky', { eligible: true }), tenant('steady', { eligible: true })],
      [{ kind: 'failures', workspace: 'flaky', deadBp: 500, ...between(150 * MINUTE, 185 * MINUTE) }],
    ),
    scenario(
      'duplicate-send',
      'One effect is sent twice: that tenant is demoted, capacity steps down, the rollout stops.',
      4 * HOUR,
      [tenant('sends-twice', { eligible: true }), ...tenants(39)],
      [
        { kind: 'rollout', order: 'start', actor: 'simulation', ...between(170 * MINUTE, 171 * MINUTE) },
        { kind: 'duplicate_send', workspace: 'sends-twice', ...between(180 * MINUTE, 181 * MINUTE) },
      ],
      'dispatch-queue',
    ),
    scenario(
      'operator-pin',
      'An operator pins capacity low, then far too high during a breach, then orders a step.',
      2 * HOUR,
      tenants(30),
      [
        { kind: 'pin', capacity: 222, actor: 'simulation', ...between(10 * MINUTE, 20 * MINUTE) },
        { kind: 'pin', capacity: 9_999_999, actor: 'simulation', ...between(40 * MINUTE, 45 * MINUTE) },
        { kind: 'claim_latency', p95Ms: 100, ...between(42 * MINUTE, 44 * MINUTE) },
        { kind: 'step', by: 256, actor: 'simulation', ...between(90 * MINUTE, 91 * MINUTE) },
      ],
    ),
    scenario(
      'demand-drop',
      'Tenants go quiet: capacity and replicas follow, step by step, after ten minutes.',
      3 * HOUR,
      tenants(40),
      [{ kind: 'load', workspace: null, percent: 0, ...between(105 * MINUTE, 3 * HOUR) }],
    ),
    scenario(
      'lost-signal',
      'For ten minutes nothing can be measured: nothing is raised, promoted or advanced.',
      3 * HOUR,
      [tenant('waits', { eligible: true }), ...tenants(29)],
      [
        { kind: 'rollout', order: 'start', actor: 'simulation', ...between(5 * MINUTE, 6 * MINUTE) },
        { kind: 'lost_signal', ...between(20 * MINUTE, 30 * MINUTE) },
      ],
      'promotion',
    ),
    scenario(
      'leader-change',
      'The leader disappears in the middle of a ramp; the next goes on where it was.',
      HOUR,
      tenants(30),
      [
        { kind: 'leader_change', ...between(12 * MINUTE, 12 * MINUTE + 45 * SECOND) },
        { kind: 'leader_change', ...between(31 * MINUTE, 31 * MINUTE + 30 * SECOND) },
      ],
    ),
    scenario(
      'bad-rollout',
      'A change makes jobs fail: it stops at 5 % and nobody keeps it.',
      2 * HOUR,
      tenants(60),
      [
        { kind: 'rollout', order: 'start', actor: 'simulation', ...between(5 * MINUTE, 6 * MINUTE) },
        { kind: 'bad_change', deadBp: 800, ...between(0, 2 * HOUR) },
      ],
      'fairness-runtime',
    ),
    scenario(
      'good-rollout',
      'A change that does no harm: 5 %, 25 %, everybody.',
      2 * HOUR,
      tenants(60),
      [{ kind: 'rollout', order: 'start', actor: 'simulation', ...between(5 * MINUTE, 6 * MINUTE) }],
      'promotion',
    ),
    scenario(
      'backpressure',
      'A tenant fills its backlog, and Redis its memory; each block is followed by a cleared.',
      2 * HOUR,
      [tenant('noisy', { maxBacklog: 2_000, runMs: 20_000, jobsPerMinute: 60 }), ...tenants(5)],
      [
        { kind: 'load', workspace: 'noisy', percent: 1_200, ...between(10 * MINUTE, 20 * MINUTE) },
        { kind: 'redis_memory', bp: 7_200, ...between(60 * MINUTE, 65 * MINUTE) },
      ],
    ),
  ].map((each) => [each.name, each]),
);

function scenario(
  name: string,
  about: string,
  durationMs: number,
  workspaces: readonly SimulatedWorkspace[],
  events: readonly ScenarioEvent[],
  rollout: string | null = null,
): Scenario {
  return { name, about, durationMs, tickMs: 15 * SECOND, workspaces, rollout, events };
}

function tenants(howMany: number, profile: SimulatedWorkspace['profile'] = 'flat'): SimulatedWorkspace[] {
  return Array.from({ length: howMany }, (_, index) =>
    tenant(`ws-${index + 1}`, { profile, eligible: index % 4 === 0 }),
  );
}

function tenant(id: string, given: Partial<Omit<SimulatedWorkspace, 'id'>>): SimulatedWorkspace {
  return {
    id,
    eligible: false,
    jobsPerMinute: 60,
    profile: 'flat',
    runMs: 2_000,
    deadBp: 5,
    maxBacklog: 100_000,
    ...given,
  };
}

function between(atMs: number, untilMs: number): { readonly atMs: number; readonly untilMs: number } {
  return { atMs, untilMs };
}
