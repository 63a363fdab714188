import { expect, test } from '@jest/globals';
import { renderMarkdown } from './markdown.ts';
import type { Packet } from './packet.ts';
import { judge } from './verdict.ts';

type Measured = Omit<Packet, 'verdict' | 'why'>;

const MINUTE = { minute: 3, total: 200, tenants: 2, top: 'acme', topShare: 0.5, backlogged: 2, jain: 0.99 };

const HEALTHY: Measured = {
  notes: [],
  run: { since: '2030-01-31T08:00:00.000Z', until: '2030-01-31T10:00:00.000Z', engine: 1 },
  configuration: [],
  jobs: {
    ...{ accepted: 1_000, succeeded: 995, dead: 5, cancelled: 0, unfinished: 0, isWhole: true },
    waitMs: { p50: 20, p95: 900 },
  },
  fairness: { heavyMinutes: [MINUTE], jain: { mean: 0.99, least: 0.99 }, leftOut: 0 },
  dispatch: { windows: [{ source: 'cron', enqueued: 120, inline: 0, failed: 0, open: 0 }] },
  decisions: { byReason: [], verified: { recomputed: 10, differences: [] }, isLed: true },
};

const reason = (kind: string, reasonCode: string, synthetic = 0) => ({
  ...HEALTHY.decisions,
  byReason: [{ kind, reasonCode, recorded: 1, ticks: 1, synthetic }],
});
const codes = (change: Partial<Measured>) => {
  const { verdict, why } = judge({ ...HEALTHY, ...change });
  return [verdict, ...why.map(({ code }) => code)];
};

test('a run in which everything was measured and nothing crossed a line is a go', () => {
  expect(codes({})).toEqual(['go']);
});

const broken = { id: 'autoscale:2', code: 'HASH', words: 'changed' } as never;

test.each<[string, Partial<Measured>]>([
  [
    'decisions_broken',
    { decisions: { ...HEALTHY.decisions, verified: { recomputed: 2, differences: [broken] } } },
  ],
  ['duplicate_send', { decisions: reason('promotion', 'duplicate_send_immediate_demotion') }],
  ['guardrail_step_down', { decisions: reason('autoscale', 'guardrail_step_down') }],
  ['rollout_stopped', { decisions: reason('rollout', 'stop_queue_lag') }],
  ['cluster_blocked', { decisions: reason('backpressure', 'contention_guardrail') }],
  ['failure_rate', { jobs: { ...HEALTHY.jobs, succeeded: 980, dead: 20 } }],
  ['unfair', { fairness: { ...HEALTHY.fairness, jain: { mean: 0.94, least: 0.5 } } }],
  [
    'dispatch_failures',
    { dispatch: { windows: [{ source: 'cron', enqueued: 97, inline: 0, failed: 3, open: 0 }] } },
  ],
])('%s is a no-go', (code, change) => {
  expect(codes(change)).toEqual(['no-go', code]);
});

test.each<[string, Partial<Measured>]>([
  ['too_few_jobs', { jobs: { ...HEALTHY.jobs, succeeded: 99, dead: 0 } }],
  ['jobs_not_whole', { jobs: { ...HEALTHY.jobs, isWhole: false } }],
  ['no_heavy_minute', { fairness: { heavyMinutes: [], jain: null, leftOut: 0 } }],
  ['signal_missing', { decisions: reason('autoscale', 'hold_signal_missing') }],
  ['nobody_leads', { decisions: { ...HEALTHY.decisions, isLed: false } }],
  ['audit_unknown', { configuration: null }],
])('%s: what was not measured is no success', (code, change) => {
  expect(codes(change)).toEqual(['inconclusive', code]);
});

test('what an exercise caused does not count against the run', () => {
  expect(codes({ decisions: reason('autoscale', 'guardrail_step_down', 1) })).toEqual(['go']);
});

test('the packet for people says all of it, and nothing in a name breaks its tables', () => {
  const measured: Measured = {
    ...HEALTHY,
    configuration: [
      {
        ...{ subject: 'workspace:acme', actors: ['key:1|2\n'], changes: 1, lastAt: '' },
        fields: [{ field: 'weight', before: 1, after: 4 }],
      },
    ],
    decisions: reason('autoscale', 'ramp_step'),
  };
  const text = renderMarkdown({ ...judge(measured), ...measured });
  expect(text).toMatch(/^# GO: 2030-01-31T08:00:00.000Z to 2030-01-31T10:00:00.000Z\n/);
  for (const title of [
    'Run',
    'Configuration difference',
    'Fairness in heavy minutes',
    'Dispatch outcomes',
    'Decisions by reason',
  ])
    expect(text).toContain(`\n## ${title}\n`);
  expect(text).toContain('| workspace:acme | weight | 1 | 4 | key:1\\|2  |');
  expect(text).toContain('| 3 | 200 | 2 | acme | 50.0 % | 0.990 |');
  expect(text).toContain('| autoscale | `ramp_step` | 1 | 1 | 0 |');
});
