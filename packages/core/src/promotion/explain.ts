import type { DecisionRecordOf } from '../decision/record.ts';
import { count, duration, instant, list, percent, share } from '../decision/words.ts';
import type { PromotionPolicy } from './policy.ts';
import type { PromotionReason } from './reasons.ts';

type Record = DecisionRecordOf<'promotion'>;

/** Why a workspace has the quota it has, in one or two sentences. */
export function explainPromotion(record: Record, policy: PromotionPolicy): string {
  return SENTENCES[record.reasonCode](record, policy);
}

const SENTENCES: { readonly [R in PromotionReason]: (record: Record, policy: PromotionPolicy) => string } = {
  feature_disabled: (r) => `Promotion is switched off; ${who(r)} keeps its quota of ${r.to}.`,
  operator_freeze: (r) =>
    `operator ${r.operatorOverride?.actor} has frozen quotas; ${who(r)} keeps its ${r.to}.`,
  not_eligible: (r) =>
    r.action === 'lower'
      ? `${who(r)} may not have the high quota any more and goes back to ${r.to}.`
      : `${who(r)} may not have the high quota (highQuotaEnabled is off or not known).`,
  requalify_cooldown: (r) =>
    `${who(r)} was demoted a short while ago; healthy windows count again from ${instant(r.stateAfter.requalifyAtMs ?? 0)}.`,
  healthy_window_waiting_interval: (r, policy) =>
    `${who(r)} has ${r.details.healthy} of ${policy.windows} healthy windows; the next is not over.`,
  healthy_window_recorded: (r, policy) =>
    r.from > policy.baseQuota
      ? `${who(r)} keeps its quota of ${r.to}: its last ${duration(policy.demotionWindowMs)} were healthy.`
      : `${who(r)} has ${r.details.healthy} of ${policy.windows} healthy windows.`,
  window_insufficient_data: (r, policy) =>
    r.from > policy.baseQuota
      ? `Too little was measured of the last window of ${who(r)} to judge it (${finished(r)}).`
      : `The last window of ${who(r)} does not count: ${finished(r)} of the ${policy.minFinished} needed, or not everything was measured. The count begins again.`,
  threshold_breach: (r, policy) =>
    `The last window of ${who(r)} was not healthy: ${what(r, policy.failureBp)}. The count of healthy windows begins again.`,
  gate_open: (r, policy) =>
    `${who(r)} is promoted from ${r.from} to ${r.to}: ${policy.windows} healthy windows of ${duration(policy.windowMs)} in a row.`,
  demotion_waiting_interval: (r) => `${who(r)} is promoted (${r.to}); its current window is not over.`,
  demotion_breach_recorded: (r, policy) =>
    `The last window of ${who(r)} was bad: ${what(r, policy.demotionFailureBp)}. ${r.details.breached} of ${policy.demotionWindows} that demote.`,
  demotion_gate_closed: (r, policy) =>
    `${who(r)} is demoted from ${r.from} to ${r.to}: ${policy.demotionWindows} bad windows in a row; in the last, ${what(
      r,
      policy.demotionFailureBp,
    )}.`,
  duplicate_send_immediate_demotion: (r) =>
    `${who(r)} is demoted from ${r.from} to ${r.to} at once: an effect was sent twice.`,
};

function who(record: Record): string {
  return `workspace ${record.subject.id}`;
}

function finished(record: Record): string {
  return `${count(record.window?.samples ?? 0, 'finished job')}`;
}

function what(record: Record, lineBp: number): string {
  const window = record.signals.window;
  const said = record.limiting.map((code) => {
    if (code === 'failure_rate' && window) {
      return `${share(window.dead, window.finished)} of its jobs ended dead (line: ${percent(lineBp)})`;
    }
    if (code === 'queue_age' && window) return `p95 of queue age was ${duration(window.queueAgeP95Ms ?? 0)}`;
    if (code === 'contention') return 'there was contention in the cluster';
    return 'an effect was sent twice';
  });
  return list(said);
}
