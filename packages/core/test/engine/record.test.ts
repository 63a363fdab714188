import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  advanceSubject,
  canonicalText,
  comparePolicy,
  DEFAULT_POLICY,
  type DecisionRecord,
  decisionId,
  initialAutoscale,
  initialPromotion,
  isRepeat,
  isWindowDue,
  type Kind,
  openWindow,
  type PromotionWindow,
  parseRecord,
  policyFrom,
  policyHash,
  recordText,
  type SubjectMemory,
  verifyDecisionLog,
  verifyDecisions,
  writeDecisionLog,
} from '../../src/index.ts';
import {
  autoscaleSignals,
  FAILING,
  healthyWindow,
  MINUTE,
  POLICIES,
  promotionSignals,
  RUNS,
  sha256,
  T0,
  TICK,
} from './builders.ts';
import { unattended } from './generators.ts';

const POLICY_HASH = policyHash(DEFAULT_POLICY, sha256);
const CLUSTER = { type: 'cluster', id: 'cluster' } as const;
const ACME = { type: 'workspace', id: 'acme' } as const;

/** Takes decisions in a row and gives the records. */
function chain(signals: readonly Partial<ReturnType<typeof autoscaleSignals>>[]): DecisionRecord[] {
  let memory: SubjectMemory<'autoscale'> = {
    state: initialAutoscale(DEFAULT_POLICY.autoscale),
    last: null,
  };
  const records: DecisionRecord[] = [];
  signals.forEach((given, index) => {
    const now = T0 + index * TICK;
    const context = { subject: CLUSTER, epoch: 1, policyHash: POLICY_HASH, correlationId: `tick:${index}` };
    const all = autoscaleSignals(memory.state, given);
    const advanced = advanceSubject('autoscale', memory, DEFAULT_POLICY, all, now, context, sha256);
    memory = advanced.memory;
    if (advanced.record) records.push(advanced.record);
  });
  return records;
}

const RECORDS = chain([
  {},
  { activeWorkspaces: 40 },
  FAILING,
  {},
  { activeWorkspaces: null },
  { pin: { capacity: 222, actor: 'k', expiresAtMs: T0 + MINUTE * 9 } },
]);

function codes(records: readonly unknown[], policies = POLICIES): string[] {
  return verifyDecisions(records as DecisionRecord[], policies, sha256).differences.map(({ code }) => code);
}

/** The record with something changed, and sealed anew as a forger would. */
function resealed(record: DecisionRecord, part: object): DecisionRecord {
  const { hash: _, ...unsealed } = { ...record, ...part } as DecisionRecord;
  return { ...unsealed, hash: sha256(new TextEncoder().encode(canonicalText(unsealed))) } as DecisionRecord;
}

describe('the record', () => {
  test('has every field that the decision is known by', () => {
    const fields =
      'id kind subject seq epoch schemaVersion engineVersion policyHash evaluatedAt window signals stateBefore stateAfter ' +
      'from target desired to action reasonCode limiting guardrail operatorOverride correlationId previousId previousHash ' +
      'hash actuation details synthetic';
    expect(Object.keys(RECORDS[0] as object).sort()).toEqual(fields.split(' ').sort());
  });

  test('names its place: subject, sequence, and the record before', () => {
    expect(RECORDS.map(({ id, seq, previousId }) => [id, seq, previousId]).slice(0, 2)).toEqual([
      ['autoscale:1', 1, null],
      ['autoscale:2', 2, 'autoscale:1'],
    ]);
    expect(RECORDS[1]?.previousHash).toBe(RECORDS[0]?.hash);
  });

  test('comes back from its text, and only from its text to the byte', () => {
    const text = canonicalText(RECORDS[2]);
    expect(recordText(RECORDS[2] as DecisionRecord)).toBe(text);
    expect(recordText(JSON.parse(text))).toBe(text);
    expect(parseRecord(text)).toEqual({ outcome: 'record', record: RECORDS[2] });
    for (const other of [`${text} `, text.replace(',', ', '), text.slice(1), '{}', 'null', '[]']) {
      expect(parseRecord(other).outcome).toBe('malformed');
    }
  });
});

describe('a repeat', () => {
  const hold = { activeWorkspaces: 0, runnable: 0, inFlight: 0, backlog: 0 };

  test('of the same hold with the same state is counted, and the chain stays whole', () => {
    const records = chain([hold, hold, hold, {}, hold]);
    expect(records.map(({ seq, evaluatedAt }) => [seq, (evaluatedAt - T0) / TICK])).toEqual([
      [1, 0],
      [2, 3],
      [3, 4],
    ]);
    expect(codes(records)).toEqual([]);
  });

  test('is none when the reason, a guardrail, the state, the override or the exercise is another', () => {
    const [first] = chain([hold]) as [DecisionRecord & { kind: 'autoscale' }];
    const said = { ...first, details: undefined };
    const decided = { decision: first, nextState: first.stateAfter };
    const signals = first.signals;
    expect(isRepeat<'autoscale'>(said, signals, decided)).toBe(true);
    expect(isRepeat<'autoscale'>(null, signals, decided)).toBe(false);
    const others = [
      { reasonCode: 'hold_cooldown' as const },
      { action: 'raise' as const },
      { limiting: ['at_cap'] },
      { guardrail: { ...first.guardrail, contention: 'unknown' as const } },
      { operatorOverride: { kind: 'pin' as const, actor: 'k', expiresAt: 1 } },
    ];
    for (const other of others) {
      expect(isRepeat<'autoscale'>(said, signals, { ...decided, decision: { ...first, ...other } })).toBe(
        false,
      );
    }
    expect(isRepeat<'autoscale'>(said, { ...signals, synthetic: true }, decided)).toBe(false);
    expect(
      isRepeat<'autoscale'>(said, signals, { ...decided, nextState: { ...first.stateAfter, capacity: 1 } }),
    ).toBe(false);
  });
});

describe('the id', () => {
  test("of a decision about the cluster is no workspace's, whatever that is named", () => {
    const ids = (['cluster', 'workspace'] as const).map((type) =>
      decisionId('backpressure', { type, id: 'cluster' }, 7),
    );
    expect(ids).toEqual(['backpressure:7', 'backpressure:cluster:7']);
  });
});

describe('the wait for a window', () => {
  const POLICY = DEFAULT_POLICY.promotion;

  function record(windows: readonly (Partial<PromotionWindow> | null)[]): DecisionRecord[] {
    let memory: SubjectMemory<'promotion'> = { state: initialPromotion(POLICY), last: null };
    const records: DecisionRecord[] = [];
    for (let now = T0; now <= T0 + windows.length * POLICY.windowMs + TICK; now += TICK) {
      const due = isWindowDue(POLICY, memory.state, now) ? openWindow(POLICY, memory.state) : null;
      const given = windows[Math.round((now - T0) / POLICY.windowMs) - 1];
      const signals = promotionSignals(
        due && given ? { window: healthyWindow(due.startMs, POLICY.windowMs, given) } : {},
      );
      const context = { subject: ACME, epoch: 1, policyHash: POLICY_HASH, correlationId: `tick:${now}` };
      const advanced = advanceSubject('promotion', memory, DEFAULT_POLICY, signals, now, context, sha256);
      memory = advanced.memory;
      if (advanced.record) records.push(advanced.record);
    }
    return records;
  }

  test('is folded into the judgement of the one before, but not into a change', () => {
    const records = record([{}, { dead: 50 }, null, {}, {}, {}, {}]);
    expect(records.map(({ reasonCode }) => reasonCode)).toEqual([
      'healthy_window_waiting_interval',
      'healthy_window_recorded',
      'threshold_breach',
      'window_insufficient_data',
      'healthy_window_recorded',
      'healthy_window_recorded',
      'healthy_window_recorded',
      'gate_open',
      'demotion_waiting_interval',
    ]);
    expect(codes(records)).toEqual([]);
  });
});

describe('verifying', () => {
  test('takes every decision again and finds nothing to say', () => {
    const verified = verifyDecisions([...RECORDS].reverse(), POLICIES, sha256);
    expect(verified).toEqual({ recomputed: RECORDS.length, otherVersion: 0, subjects: 1, differences: [] });
  });

  test('begins anywhere in a chain', () => {
    expect(codes(RECORDS.slice(2))).toEqual([]);
  });

  test('finds a record that was taken out', () => {
    expect(codes(RECORDS.filter(({ seq }) => seq !== 3))).toEqual(['gap']);
  });

  test('finds a record that was put in twice', () => {
    expect(codes([...RECORDS, RECORDS[2]])).toContain('gap');
  });

  test('finds a decision that was changed', () => {
    const changed = RECORDS.map((record) => (record.seq === 3 ? { ...record, to: 4_096 } : record));
    expect(codes(changed)).toEqual(['changed', 'recomputed_differently']);
  });

  test('finds one that was changed along with its hash: it does not follow from its own signals', () => {
    const forged = RECORDS.map((record) => (record.seq === 3 ? resealed(record, { to: 4_096 }) : record));
    expect(codes(forged)).toEqual(['recomputed_differently', 'gap']);
  });

  test('finds one whose signals were changed along with the hash: the next was not written after it', () => {
    const last = RECORDS.at(-1) as DecisionRecord;
    const before = RECORDS.at(-2) as DecisionRecord;
    const forged = resealed(before, { correlationId: 'tick:other' });
    expect(codes([...RECORDS.slice(0, -2), forged, last])).toEqual(['gap']);
  });

  test('finds a state that is not the one the record before ended in', () => {
    const third = RECORDS[2] as DecisionRecord & { kind: 'autoscale' };
    const forged = resealed(third, { stateBefore: { ...third.stateBefore, stepNumber: 7 } });
    expect(codes([...RECORDS.slice(0, 2), forged])).toContain('state_broken');
  });

  test('says when the policy is not there, or is not the one with that hash', () => {
    expect(new Set(codes(RECORDS, new Map()))).toEqual(new Set(['unknown_policy']));
    const other = policyFrom({ autoscale: { floor: 1 } });
    expect(new Set(codes(RECORDS, new Map([[POLICY_HASH, other]])))).toEqual(new Set(['unknown_policy']));
  });

  test('does not refute what another engine decided', () => {
    const old = RECORDS.map((record) => resealed(record, { engineVersion: 0 })).slice(0, 1);
    expect(verifyDecisions(old, POLICIES, sha256)).toMatchObject({
      recomputed: 0,
      otherVersion: 1,
      differences: [],
    });
  });

  test('survives what is no record at all', () => {
    expect(codes([null, 7, {}, { kind: 'autoscale' }, { ...RECORDS[0], signals: {} }])).toEqual(
      expect.arrayContaining(['malformed', 'changed']),
    );
  });

  test('finds any byte of a log that was changed', () => {
    const text = writeDecisionLog(
      { about: { seed: 1 }, policies: [DEFAULT_POLICY], records: RECORDS },
      sha256,
    );
    expect(verifyDecisionLog(text, sha256).differences).toEqual([]);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 2 }), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const byte = String.fromCharCode(code);
        fc.pre(text[at] !== byte);
        const changed = text.slice(0, at) + byte + text.slice(at + 1);
        expect(verifyDecisionLog(changed, sha256).differences.length).toBeGreaterThan(0);
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  test('takes records alone, one a line in any order, with the policies at hand', () => {
    const lines = RECORDS.map((record) => canonicalText(record));
    const verify = (texts: readonly string[]) =>
      verifyDecisionLog(texts.join('\n'), sha256, [DEFAULT_POLICY]).differences.map(({ words }) => words);
    expect(verify([...lines].reverse())).toEqual([]);
    expect(verify([...lines, lines[0] as string])).toEqual([]);
    expect(verify(['', ...lines, `${lines[0]} `])).toEqual([
      `Line ${lines.length + 2} is no record: its bytes are not canonical.`,
    ]);
  });

  test('takes records out of spans, as Jaeger, Honeycomb and OTLP write them', () => {
    const key = 'fairlead.decision.record';
    const texts = RECORDS.map((record) => canonicalText(record));
    const jaeger = {
      data: [
        {
          traceID: 'a',
          spans: texts.map((value) => ({
            operationName: 'decide autoscale',
            tags: [
              { key: 'fairlead.decision.seq', type: 'int64', value: 1 },
              { key, type: 'string', value },
            ],
          })),
        },
      ],
    };
    const otlp = (text: string) => ({
      resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: [{ key, value: { stringValue: text } }] }] }] }],
    });
    const honeycomb = texts.map((text) => ({ name: 'decide autoscale', [key]: text }));
    const whole = { recomputed: RECORDS.length, differences: [] };
    for (const file of [
      JSON.stringify(jaeger, null, 2),
      texts.map((text) => JSON.stringify(otlp(text))).join('\n'),
      JSON.stringify(honeycomb),
    ]) {
      expect(verifyDecisionLog(file, sha256, [DEFAULT_POLICY])).toMatchObject(whole);
    }
    const changed = JSON.stringify(jaeger).replace('ramp_step', 'ramp_stop');
    expect(verifyDecisionLog(changed, sha256, [DEFAULT_POLICY]).differences.length).toBeGreaterThan(0);
  });

  test('holds for every decision of any run', () => {
    fc.assert(
      fc.property(fc.array(unattended, { minLength: 1, maxLength: 12 }), (signals) => {
        expect(codes(chain(signals))).toEqual([]);
      }),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 10) },
    );
  });
});

describe('comparing policies', () => {
  test('names the decisions in which the other policy differs, each by itself', () => {
    const other = policyFrom({ autoscale: { rampStep: 16 } });
    expect(comparePolicy(RECORDS, other)[0]).toEqual({
      id: 'autoscale:1',
      evaluatedAt: T0,
      recorded: { reasonCode: 'ramp_step', to: 1_088 },
      other: { reasonCode: 'ramp_step', to: 1_040 },
    });
    expect(comparePolicy(RECORDS, DEFAULT_POLICY)).toEqual([]);
  });
});

test('a kind and a subject have a chain of their own', () => {
  const kinds = new Set<Kind>(RECORDS.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['autoscale']));
  const alias = RECORDS.map((record) => resealed(record, { subject: { type: 'cluster', id: 'other' } }));
  expect(verifyDecisions([...RECORDS, ...alias], POLICIES, sha256).subjects).toBe(2);
});
