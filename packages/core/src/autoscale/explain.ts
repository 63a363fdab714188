import { breachInWords } from '../contention/words.ts';
import type { DecisionRecordOf } from '../decision/record.ts';
import { count, duration, grouped, instant, list, share } from '../decision/words.ts';
import type { AutoscalePolicy } from './policy.ts';
import type { AutoscaleReason } from './reasons.ts';

type Record = DecisionRecordOf<'autoscale'>;

/** Why capacity is what it is, in one or two sentences. */
export function explainAutoscale(record: Record, policy: AutoscalePolicy): string {
  return SENTENCES[record.reasonCode](record, policy);
}

const SENTENCES: { readonly [R in AutoscaleReason]: (record: Record, policy: AutoscalePolicy) => string } = {
  operator_override: (r, policy) =>
    `operator ${r.operatorOverride?.actor} has pinned capacity at ${jobs(r.to)}${until(r)}${
      r.limiting.includes('override_clamped')
        ? `; ${grouped(r.desired)} was asked for and is not allowed`
        : ''
    }.${r.guardrail.contention === 'breach' || r.guardrail.failureRate === 'breach' ? ` Meanwhile ${guardrails(r, policy)}.` : ''}`,
  operator_step: (r) =>
    r.from === r.to
      ? `operator ${r.operatorOverride?.actor} ordered a step to ${grouped(r.desired)}, and capacity stays at ${jobs(r.to)}: it keeps between floor and cap.`
      : `operator ${r.operatorOverride?.actor} changed capacity from ${grouped(r.from)} to ${jobs(r.to)}.`,
  override_expired: (r) =>
    `The operator's pin is over; capacity goes on from ${jobs(r.to)} by the ordinary rules.`,
  guardrail_step_down: (r, policy) =>
    `Capacity was cut from ${grouped(r.from)} to ${jobs(r.to)}, because ${guardrails(r, policy)}.`,
  guardrail_hold: (r, policy) =>
    `Capacity stays at ${jobs(r.to)} although ${guardrails(r, policy)}: ${
      r.limiting.includes('at_floor')
        ? `it is not above the floor of ${grouped(policy.floor)}`
        : `the last step down was less than ${duration(policy.cooldownMs)} ago`
    }.`,
  ramp_step: (r) =>
    `Capacity rises from ${grouped(r.from)} to ${jobs(r.to)}: ${active(r)} ask for ${grouped(r.target)}${
      r.limiting.includes('scale_up_limit') ? ', and it rises a step at a time' : ''
    }.`,
  demand_step_down: (r, policy) =>
    `Capacity falls from ${grouped(r.from)} to ${jobs(r.to)}: for ${duration(policy.demandStableMs)} demand has asked for ${grouped(
      r.target,
    )} or so.`,
  hold_target_reached: (r) => `Capacity of ${jobs(r.to)} is what demand asks for (${grouped(r.target)}).`,
  hold_ramp_window: (r, policy) =>
    `Capacity stays at ${jobs(r.to)} on its way to ${grouped(r.target)}: it changed less than ${duration(
      policy.rampWindowMs,
    )} ago.`,
  hold_cooldown: (r, policy) =>
    `Capacity stays at ${jobs(r.to)}: the cluster is healthy again, but was cut less than ${duration(policy.cooldownMs)} ago.`,
  hold_stabilizing: (r, policy) =>
    `Demand asks for ${grouped(r.target)}, less than the ${jobs(r.to)} allowed; it must do so for ${duration(
      policy.demandStableMs,
    )} before capacity follows.`,
  hold_quota_bound: (r) =>
    `${count(r.signals.backlog ?? 0, 'job')} wait and none could start at any capacity: their workspaces are at their own quotas.`,
  hold_signal_missing: (r) => `Capacity stays at ${jobs(r.to)}: ${missing(r)} could not be measured.`,
  hold_actuation_pending: (r) =>
    `Capacity stays at ${jobs(r.to)}: what was asked for before is not running yet (${list([
      `capacity ${r.actuation?.observed.capacity ?? 'unknown'}`,
      `replicas ${r.actuation?.observed.replicas ?? 'unknown'}`,
    ])}).`,
};

function jobs(value: number): string {
  return `${count(value, 'job')} at once`;
}

function active(record: Record): string {
  return count(record.signals.activeWorkspaces ?? 0, 'active workspace');
}

function until(record: Record): string {
  const at = record.operatorOverride?.expiresAt;
  return at === null || at === undefined ? '' : ` until ${instant(at)}`;
}

function guardrails({ guardrail, details, signals }: Record, policy: AutoscalePolicy): string {
  const said: string[] = [];
  if (guardrail.duplicates === 'breach') said.push('an effect was sent twice');
  if (guardrail.contention === 'breach') {
    const breaches = details.contention.map((one) =>
      breachInWords(one, signals.contention, policy.contention),
    );
    said.push(`there is contention (${breaches.join('; ')})`);
  }
  if (guardrail.failureRate === 'breach')
    said.push(`${share(signals.dead ?? 0, signals.finished ?? 0)} of jobs ended dead`);
  return list(said);
}

function missing({ signals, details, actuation }: Record): string {
  const names: string[] = [...details.missing];
  for (const name of [
    'finished',
    'dead',
    'duplicatesTotal',
    'activeWorkspaces',
    'backlog',
    'runnable',
    'inFlight',
  ] as const) {
    if (signals[name] === null) names.push(name);
  }
  if (actuation?.outcome === 'unknown') names.push('what is running');
  return list(names);
}
