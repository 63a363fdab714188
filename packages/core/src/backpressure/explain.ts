import type { DecisionRecordOf } from '../decision/record.ts';
import { count, duration, percent } from '../decision/words.ts';
import type { BackpressurePolicy } from './policy.ts';
import type { BackpressureReason } from './reasons.ts';

type Record = DecisionRecordOf<'backpressure'>;

/** Why producers are held back, or why work waits, in one or two sentences. */
export function explainBackpressure(record: Record, policy: BackpressurePolicy): string {
  const why = SENTENCES[record.reasonCode](record);
  const { level, retryAfterMs } = record.details;
  if (level === 'none') return why;
  const until = `until everything is under ${percent(policy.clearBp)} of its line for ${policy.clearTicks} ticks`;
  return level === 'soft'
    ? `${why} Producers are asked to slow down ${until}.`
    : `${why} New work is refused ${until}; come again in ${duration(retryAfterMs)}.`;
}

const SENTENCES: { readonly [R in BackpressureReason]: (record: Record) => string } = {
  none: (r) => `Nothing holds ${who(r)} back.`,
  cleared: (r) => `${who(r)} is open again; nothing that was accepted has been lost.`,
  quota_exhausted: (r) => `${waiting(r)} for one of its slots: it runs as many at once as its quota allows.`,
  rate_tokens_exhausted: (r) => `${waiting(r)} for a token: it starts as many a second as its rate allows.`,
  capacity_exhausted: (r) => `${waiting(r)} for capacity: the cluster runs as many at once as it may.`,
  operator_pause: (r) => `${waiting(r)} because an operator has paused it.`,
  queue_age_over_target: (r) =>
    `The oldest runnable job of ${who(r)} has waited ${duration(r.details.oldestAgeMs ?? 0)}.`,
  backlog_limit: (r) => `${waiting(r)}; the limit is ${limit(r)}.`,
  contention_guardrail: () =>
    'The cluster is in contention: the decision on capacity says which measure is over its line.',
  redis_pressure: (r) =>
    `Redis has used ${percent(r.signals.scope === 'cluster' ? (r.signals.redisMemoryBp ?? 0) : 0)} of its memory.`,
};

function who({ subject }: Record): string {
  return subject.type === 'cluster' ? 'the cluster' : `workspace ${subject.id}`;
}

function waiting(record: Record): string {
  return `${count(record.details.deferredJobs ?? 0, 'accepted job')} of ${who(record)} wait`;
}

function limit({ signals }: Record): string {
  return signals.scope === 'workspace' && signals.maxBacklog !== null
    ? count(signals.maxBacklog, 'job')
    : 'none';
}
