/**
 * The Grafana dashboard, written down once: prints the JSON that Grafana reads.
 *
 *   node dashboards/grafana/build.mjs | npx biome format --stdin-file-path=fairlead.json > dashboards/grafana/fairlead.json
 */

const RATE = '[$__rate_interval]';
const quantile = (q, metric, by = '', where = '') =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket${where}${RATE})))`;
const TYPE = '{job_type=~"$job_type"}';
const ofOutcome = (outcome) => `{job_type=~"$job_type",outcome="${outcome}"}`;

/** Rows of panels: each panel is [title, unit, [[legend, PromQL], …], what else]. A row is 24 wide. */
const ROWS = [
  [
    'Capacity',
    [
      [
        'Capacity, target and need',
        'short',
        [
          ['capacity', 'max(fairlead_capacity)'],
          ['target', 'max(fairlead_capacity_target)'],
          ['in flight', 'max(fairlead_jobs{state="in_flight"})'],
          ['runnable', 'max(fairlead_jobs{state="runnable"})'],
        ],
        { w: 12 },
      ],
      [
        'Replicas',
        'short',
        [
          ['wanted', 'max(fairlead_replicas{state="wanted"})'],
          ['running', 'max(fairlead_replicas{state="running"})'],
        ],
        { w: 6 },
      ],
      ['Backlog', 'short', [['due and not started', 'max(fairlead_jobs{state="backlog"})']], { w: 6 }],
    ],
  ],
  [
    'Decisions',
    [
      [
        'Decisions by reason',
        'short',
        [
          [
            '{{kind}} {{reason}}',
            'sum by (kind, reason) (increase(fairlead_decisions_total[$__interval])) > 0',
          ],
        ],
        { w: 12, bars: true },
      ],
      [
        'Raised, lowered',
        'short',
        [
          [
            '{{kind}} {{action}}',
            'sum by (kind, action) (increase(fairlead_decisions_total{action!="hold"}[$__interval])) > 0',
          ],
        ],
        { w: 6, bars: true },
      ],
      [
        'Leader, and duration of ticks (p95)',
        's',
        [
          ['leaders', 'sum(fairlead_controller_leader)'],
          ['tick {{outcome}}', quantile(0.95, 'fairlead_tick_duration_seconds', 'outcome')],
        ],
        { w: 6 },
      ],
      [
        'Contention, as a share of each line',
        'percentunit',
        [['{{measure}}', 'max by (measure) (fairlead_contention_ratio)']],
        { w: 12, line: 1 },
      ],
      ['In breach', 'short', [['{{measure}}', 'max by (measure) (fairlead_contention_breached)']], { w: 6 }],
      ['Spans not yet with the collector', 's', [['lag', 'max(fairlead_span_relay_lag_seconds)']], { w: 6 }],
    ],
  ],
  [
    'Quotas and backpressure',
    [
      [
        'Workspaces',
        'short',
        [
          ['promoted', 'max(fairlead_workspaces_promoted)'],
          ['{{state}}', 'max by (state) (fairlead_workspaces)'],
        ],
        { w: 8 },
      ],
      [
        'Promotions and demotions',
        'short',
        [
          [
            '{{reason}}',
            'sum by (reason) (increase(fairlead_decisions_total{kind="promotion",action!="hold"}[$__interval]))',
          ],
        ],
        { w: 8, bars: true },
      ],
      [
        'Level: 0 none, 1 soft, 2 hard',
        'short',
        [
          ['cluster', 'max(fairlead_pressure_level)'],
          ['workspaces: {{level}}', 'max by (level) (fairlead_pressure_workspaces)'],
          ['obeyed by dispatchers', 'max(fairlead_backpressure_cluster_level)'],
          ['obeyed, workspaces: {{level}}', 'max by (level) (fairlead_backpressure_workspaces)'],
        ],
        { w: 8 },
      ],
      [
        'Jobs refused by backpressure',
        'reqps',
        [
          [
            '{{scope}} {{reason}}',
            `sum by (scope, reason) (rate(fairlead_backpressure_refusals_total${RATE}))`,
          ],
        ],
        { w: 8 },
      ],
      [
        'Jobs refused, by code',
        'reqps',
        [['{{code}}', `sum by (code) (rate(fairlead_jobs_rejected_total${RATE}))`]],
        { w: 8 },
      ],
      [
        'Memory of Redis',
        'percentunit',
        [['of maxmemory', 'max(fairlead_redis_memory_ratio)']],
        { w: 8, line: 0.7 },
      ],
    ],
  ],
  [
    'Dispatch',
    [
      [
        'Accepted to queued',
        's',
        [
          ['p50', quantile(0.5, 'fairlead_dispatch_latency_seconds')],
          ['p95', quantile(0.95, 'fairlead_dispatch_latency_seconds')],
          ['p95 {{way}}', quantile(0.95, 'fairlead_dispatch_latency_seconds', 'way')],
        ],
        { w: 8, line: 2 },
      ],
      [
        'Jobs',
        'reqps',
        [
          ['accepted', `sum(rate(fairlead_jobs_accepted_total${RATE}))`],
          ['sent again', `sum(rate(fairlead_jobs_repeated_total${RATE}))`],
        ],
        { w: 8 },
      ],
      [
        'Answers',
        's',
        [['p95 {{http_route}}', quantile(0.95, 'http_server_request_duration', 'http_route')]],
        { w: 8 },
      ],
      [
        'Duplicate sends',
        'short',
        [
          ['happened', 'sum(increase(fairlead_effects_duplicate_total[$__interval]))'],
          ['suppressed', 'sum(increase(fairlead_effects_suppressed_total[$__interval]))'],
          ['in the ledger, ever', 'max(fairlead_effects_duplicates_recorded)'],
        ],
        { w: 8, bars: true },
      ],
      ['Claims', 's', [['p95', quantile(0.95, 'fairlead_claim_duration_seconds')]], { w: 8 }],
      [
        'Trouble',
        'short',
        [
          ['stalled', 'sum(increase(fairlead_jobs_stalled_total[$__interval]))'],
          ['claims failed', 'sum(increase(fairlead_claim_failures_total[$__interval]))'],
          ['quarantined', 'sum(increase(fairlead_workspaces_quarantined_total[$__interval]))'],
          ['settings restored', 'sum(increase(fairlead_settings_restored_total[$__interval]))'],
          ['reports lost', 'sum(increase(fairlead_reports_lost_total[$__interval]))'],
        ],
        { w: 8, bars: true },
      ],
    ],
  ],
  [
    'By type of job',
    [
      [
        'Wait',
        's',
        [
          ['{{job_type}} p50', quantile(0.5, 'fairlead_job_wait_seconds', 'job_type', TYPE)],
          ['{{job_type}} p95', quantile(0.95, 'fairlead_job_wait_seconds', 'job_type', TYPE)],
        ],
        { w: 12 },
      ],
      [
        'Run',
        's',
        [
          ['{{job_type}} p50', quantile(0.5, 'fairlead_job_run_seconds', 'job_type', TYPE)],
          ['{{job_type}} p95', quantile(0.95, 'fairlead_job_run_seconds', 'job_type', TYPE)],
        ],
        { w: 12 },
      ],
      [
        'Succeeded',
        'reqps',
        [
          [
            '{{job_type}}',
            `sum by (job_type) (rate(fairlead_jobs_finished_total${ofOutcome('completed')}${RATE}))`,
          ],
        ],
        { w: 8 },
      ],
      [
        'Attempts that failed',
        'reqps',
        [
          [
            '{{job_type}}',
            `sum by (job_type) (rate(fairlead_jobs_finished_total{job_type=~"$job_type",outcome=~"retrying|dead"}${RATE}))`,
          ],
        ],
        { w: 8 },
      ],
      [
        'Dead letters',
        'short',
        [
          [
            '{{job_type}}',
            `sum by (job_type) (increase(fairlead_jobs_finished_total${ofOutcome('dead')}[$__interval]))`,
          ],
        ],
        { w: 8, bars: true },
      ],
    ],
  ],
  [
    'Replicas',
    [
      [
        'Handlers that run',
        'short',
        [
          ['running', 'sum(fairlead_consumer_running)'],
          ['slots', 'sum(fairlead_consumer_slots)'],
        ],
        { w: 12 },
      ],
      ['Not healthy', 'short', [['replicas', 'count(fairlead_consumer_healthy == 0)']], { w: 6 }],
      [
        'Event loop blocked (p95)',
        's',
        [['p95', quantile(0.95, 'fairlead_event_loop_blocked_seconds')]],
        { w: 6 },
      ],
    ],
  ],
];

const HEIGHT = 8;
const datasource = { type: 'prometheus', uid: '$datasource' };

function panelsOf(rows) {
  const panels = [];
  let y = 0;
  for (const [title, members] of rows) {
    panels.push({ type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } });
    y += 1;
    let x = 0;
    for (const [name, unit, queries, { w, bars = false, line }] of members) {
      if (x + w > 24) {
        x = 0;
        y += HEIGHT;
      }
      panels.push(panelOf(name, unit, queries, { bars, line }, { x, y, w, h: HEIGHT }));
      x += w;
    }
    y += HEIGHT;
  }
  return panels.map((panel, index) => ({ id: index + 1, ...panel }));
}

function panelOf(title, unit, queries, { bars, line }, gridPos) {
  const steps = [
    { color: 'green', value: null },
    ...(line === undefined ? [] : [{ color: 'red', value: line }]),
  ];
  return {
    type: 'timeseries',
    title,
    datasource,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        custom: {
          drawStyle: bars ? 'bars' : 'line',
          fillOpacity: bars ? 60 : 8,
          stacking: { mode: bars ? 'normal' : 'none', group: 'A' },
          thresholdsStyle: { mode: line === undefined ? 'off' : 'line' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: queries.map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat,
    })),
  };
}

const dashboard = {
  uid: 'fairlead',
  title: 'Fairlead',
  description: 'What the controller decides and why, and what becomes of the jobs',
  tags: ['fairlead'],
  schemaVersion: 39,
  editable: true,
  refresh: '15s',
  time: { from: 'now-3h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
      {
        name: 'job_type',
        label: 'Type of job',
        type: 'query',
        datasource,
        query: { query: 'label_values(fairlead_jobs_finished_total, job_type)', refId: 'types' },
        refresh: 2,
        multi: true,
        includeAll: true,
        allValue: '.*',
        current: { text: 'All', value: '$__all' },
      },
    ],
  },
  annotations: {
    list: [
      {
        name: 'Guardrails and demotions',
        datasource,
        enable: true,
        iconColor: 'red',
        expr: 'sum by (kind, reason) (increase(fairlead_decisions_total{reason=~"guardrail_step_down|demotion_gate_closed|duplicate_send_immediate_demotion|stop_.*"}[1m])) > 0',
        titleFormat: '{{kind}}',
        textFormat: '{{reason}}',
      },
    ],
  },
  panels: panelsOf(ROWS),
};

process.stdout.write(`${JSON.stringify(dashboard, null, 2)}\n`);
