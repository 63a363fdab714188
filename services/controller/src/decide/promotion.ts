/** Each workspace's place on the quota ladder. */
import {
  type ContentionHistory,
  contentionIn,
  type DecisionOf,
  isInCohort,
  isPromoted,
  isSettled,
  isWindowDue,
  openWindow,
  type Policy,
  type PromotionSignals,
  type PromotionState,
  promotionWindowOf,
} from '@fairlead/core';
import type { WorkspaceQuota } from '@fairlead/scheduler';
import type { Counting } from '../gather/counting.ts';
import type { DecisionMaking, TickContext } from './decision-making.ts';
import { isRowLeftBehind } from './exercise.ts';
import type { Memory, WorkspaceMemory } from './memory.ts';

export interface PromotionSeen {
  readonly counting: Pick<Counting, 'windows' | 'isWhole'>;
  /** All reports up to now have been read. Else a window that is over is judged when they have. */
  readonly isCaughtUp: boolean;
  readonly contention: ContentionHistory;
  /** Between two looks at contention, ms: after more nobody knows what was in between. */
  readonly maxGapMs: number;
  /** Running totals. Who is not in it has none. */
  readonly duplicates: ReadonlyMap<string, number>;
  readonly freezes: ReadonlyMap<string, NonNullable<PromotionSignals['freeze']>>;
  /** The rollout of promotions that decides; undefined: there was none, and everybody may. */
  readonly rollout: { readonly name: string; readonly shareBp: number } | undefined;
  /** The last tick in which contention was an exercise's doing, ms; 0: it never was. */
  readonly drilledAtMs: number;
}

/** Judging one takes 20 µs, most of it for the hash of its record. */
export const MAX_WINDOWS = 5_000;
const ALL_WORKSPACES = '*';

/**
 * Decides on all that may be promoted or are, a window at a time. When a thousand times the usual number of windows is
 * due (nobody led for hours, or promotion was switched off), the oldest are judged first, and the rest by the next ticks.
 * A duplicate send waits for no turn.
 *
 * @returns the quotas that changed
 */
export function decidePromotions(
  making: DecisionMaking,
  memory: Memory,
  context: TickContext,
  seen: PromotionSeen,
  maxWindows = MAX_WINDOWS,
): WorkspaceQuota[] {
  const changes: WorkspaceQuota[] = [];
  const due: WorkspaceMemory[] = [];
  const { nowMs } = context;
  const policy = context.policy.policy.promotion;
  const isQuiet = isNothingToTell(seen) && seen.rollout === undefined;
  for (const workspace of memory.workspaces.values()) {
    if (
      isQuiet &&
      isSettled(workspace.promotion, quiet(workspace, seen, nowMs), nowMs, context.policy.hash)
    ) {
      making.repeats.promotion += 1;
      continue;
    }
    const { state, last } = workspace.promotion;
    // Nothing to say of it, as for nearly all.
    if (!workspace.eligible && last === null) continue;
    if (isWindowDue(policy, state, nowMs) && !hasNewDuplicates(workspace, seen)) due.push(workspace);
    else decideOne(making, workspace, context, seen, changes);
  }
  if (due.length > maxWindows) due.sort((a, b) => endOf(policy, a) - endOf(policy, b));
  let left = maxWindows;
  // Until all reports have been read none is judged.
  for (const workspace of seen.isCaughtUp ? due : []) {
    if (left <= 0) break;
    do {
      decideOne(making, workspace, context, seen, changes);
      left -= 1;
    } while (left > 0 && isWindowDue(policy, workspace.promotion.state, nowMs));
  }
  return changes;
}

/** The windows that are to be counted from now on. */
export function followedWindow(policy: Policy, { promotion, eligible }: WorkspaceMemory) {
  return eligible || promotion.last !== null ? openWindow(policy.promotion, promotion.state) : null;
}

function decideOne(
  making: DecisionMaking,
  workspace: WorkspaceMemory,
  context: TickContext,
  seen: PromotionSeen,
  changes: WorkspaceQuota[],
): void {
  const { subject, promotion } = workspace;
  const { rollout } = seen;
  const { policy } = context.policy;
  const isLeftOut = rollout !== undefined && !isInCohort(rollout.name, subject.id, rollout.shareBp);
  // Whom a stage has not reached keeps what it has. After a stop nobody is to: without permission it is demoted.
  const isTakenBack = rollout?.shareBp === 0 && isPromoted(policy.promotion, promotion.state);
  const named = isLeftOut && !isTakenBack ? context.withoutPromotion : context.policy;
  const seenSignals = signalsOf(policy, workspace, seen, context.nowMs);
  const signals = isTakenBack ? { ...seenSignals, eligible: false } : seenSignals;
  const decided = making.decide('promotion', subject, promotion, signals, named);
  workspace.promotion = decided.memory;
  if (hasChanged(decided.decision)) changes.push({ workspace: subject.id, quota: decided.decision.to });
}

function signalsOf(
  policy: Policy,
  workspace: WorkspaceMemory,
  seen: PromotionSeen,
  nowMs: number,
): PromotionSignals {
  const { subject, promotion, eligible } = workspace;
  // Nearly every workspace at nearly every tick: nothing is allocated for them.
  if (isNothingToTell(seen) && !isWindowDue(policy.promotion, promotion.state, nowMs)) {
    return quiet(workspace, seen, nowMs);
  }
  const window = dueWindow(policy, subject.id, promotion.state, seen, nowMs);
  return {
    eligible,
    duplicatesTotal: seen.duplicates.get(subject.id) ?? 0,
    window,
    freeze: seen.freezes.get(ALL_WORKSPACES) ?? seen.freezes.get(subject.id) ?? null,
    synthetic: (window !== null && seen.drilledAtMs >= window.startMs) || isMarked(workspace, seen, nowMs),
  };
}

const QUIET: PromotionSignals = Object.freeze({
  eligible: true,
  duplicatesTotal: 0,
  window: null,
  freeze: null,
  synthetic: false,
});
const INELIGIBLE: PromotionSignals = Object.freeze({ ...QUIET, eligible: false });
const MARKED: PromotionSignals = Object.freeze({ ...QUIET, synthetic: true });
const MARKED_INELIGIBLE: PromotionSignals = Object.freeze({ ...INELIGIBLE, synthetic: true });

function quiet(workspace: WorkspaceMemory, seen: PromotionSeen, nowMs: number): PromotionSignals {
  const { eligible } = workspace;
  if (isMarked(workspace, seen, nowMs)) return eligible ? MARKED : MARKED_INELIGIBLE;
  return eligible ? QUIET : INELIGIBLE;
}

/** Where there never was an exercise, 50,000 workspaces are not looked at for what it left. */
function isMarked({ promotion }: WorkspaceMemory, { drilledAtMs }: PromotionSeen, nowMs: number): boolean {
  return drilledAtMs > 0 && isRowLeftBehind(promotion, nowMs);
}

function isNothingToTell({ duplicates, freezes }: PromotionSeen): boolean {
  return duplicates.size === 0 && freezes.size === 0;
}

function dueWindow(
  { promotion }: Policy,
  workspace: string,
  state: PromotionState,
  seen: PromotionSeen,
  nowMs: number,
): PromotionSignals['window'] {
  if (!seen.isCaughtUp || !isWindowDue(promotion, state, nowMs)) return null;
  const open = openWindow(promotion, state);
  if (open === null || !seen.counting.isWhole(open)) return null;
  const counts = seen.counting.windows.countsOf(workspace, open.startMs);
  return promotionWindowOf(counts, open, contentionIn(seen.contention, open, seen.maxGapMs));
}

function hasNewDuplicates({ subject, promotion }: WorkspaceMemory, { duplicates }: PromotionSeen): boolean {
  const seenBefore = promotion.state.duplicatesSeen;
  return seenBefore !== null && (duplicates.get(subject.id) ?? 0) > seenBefore;
}

function hasChanged({ from, to }: DecisionOf<'promotion'>): boolean {
  return from !== to;
}

function endOf(policy: Policy['promotion'], { promotion: { state } }: WorkspaceMemory): number {
  return openWindow(policy, state)?.endMs ?? 0;
}
