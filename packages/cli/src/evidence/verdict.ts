/**
 * Go, or not? By the lines that the controller itself goes by. Whatever crossed one is a no-go; what was not measured, or
 * too little of it, is inconclusive, for no measurements are no success.
 */
import { basisPoints, DEFAULT_POLICY } from '@fairlead/core';
import type { Finding, Packet } from './packet.ts';

/** Jain's index below this is unfair; `npm start -- --once` goes by the same. */
const LEAST_JAIN = 0.95;

const { autoscale, rollout } = DEFAULT_POLICY;

type Measured = Omit<Packet, 'verdict' | 'why'>;

export function judge(measured: Measured): Pick<Packet, 'verdict' | 'why'> {
  const against = [...ofDecisions(measured), ...ofJobs(measured), ...ofDispatch(measured)];
  if (against.length > 0) return { verdict: 'no-go', why: [...against, ...missing(measured)] };
  const open = missing(measured);
  return { verdict: open.length > 0 ? 'inconclusive' : 'go', why: open };
}

function* ofDecisions({ decisions: { verified, byReason } }: Measured): Generator<Finding> {
  const { differences, recomputed } = verified;
  if (differences.length > 0) {
    yield {
      code: 'decisions_broken',
      words: `${differences.length} of ${recomputed} decisions do not hold when they are taken again.`,
    };
  }
  // What an exercise caused says nothing of the run.
  const times = (is: (reasonCode: string, kind: string) => boolean) =>
    byReason
      .filter(({ reasonCode, kind }) => is(reasonCode, kind))
      .reduce((sum, { recorded, synthetic }) => sum + recorded - synthetic, 0);
  const duplicates = times((code) => code.includes('duplicate_send'));
  if (duplicates > 0)
    yield { code: 'duplicate_send', words: `An effect was sent twice (${duplicates} decisions).` };
  const stepDowns = times((code) => code === 'guardrail_step_down');
  if (stepDowns > 0)
    yield { code: 'guardrail_step_down', words: `A guardrail cut capacity ${stepDowns} times.` };
  const stops = times((code, kind) => kind === 'rollout' && code.startsWith('stop_'));
  if (stops > 0) yield { code: 'rollout_stopped', words: `${stops} rollouts were stopped by a criterion.` };
  const blocks = times((code) => code === 'contention_guardrail');
  if (blocks > 0) yield { code: 'cluster_blocked', words: `Contention closed the cluster ${blocks} times.` };
}

function* ofJobs({ jobs, fairness: { jain, heavyMinutes } }: Measured): Generator<Finding> {
  const finished = jobs.succeeded + jobs.dead;
  const failureBp = basisPoints(jobs.dead, finished);
  if (finished >= autoscale.failureMinFinished && failureBp >= autoscale.failureBreachBp) {
    yield {
      code: 'failure_rate',
      words: `${failureBp / 100} % of ${finished} jobs ended dead (line: ${autoscale.failureBreachBp / 100} %).`,
    };
  }
  if (jain !== null && jain.mean < LEAST_JAIN) {
    yield {
      code: 'unfair',
      words: `Jain's index over ${heavyMinutes.length} heavy minutes is ${jain.mean.toFixed(3)} (line: ${LEAST_JAIN}).`,
    };
  }
}

function* ofDispatch({ dispatch: { windows } }: Measured): Generator<Finding> {
  const sum = (field: 'enqueued' | 'inline' | 'failed' | 'open') =>
    windows.reduce((all, each) => all + each[field], 0);
  const failed = sum('failed');
  const all = sum('enqueued') + sum('inline') + failed + sum('open');
  const isOver = basisPoints(failed, all) > rollout.stopEnqueueFailureBp;
  if (failed >= rollout.stopEnqueueFailures && isOver) {
    yield { code: 'dispatch_failures', words: `${failed} of ${all} dispatch windows could not be enqueued.` };
  }
}

function missing({ jobs, fairness, decisions, configuration }: Measured): Finding[] {
  const finished = jobs.succeeded + jobs.dead;
  const lost = decisions.byReason.some(({ reasonCode }) => reasonCode === 'hold_signal_missing');
  const found: (Finding | false)[] = [
    finished < rollout.minFinished && {
      code: 'too_few_jobs',
      words: `${finished} jobs finished; ${rollout.minFinished} are needed to say anything.`,
    },
    !jobs.isWhole && {
      code: 'jobs_not_whole',
      words: 'There were more jobs than are looked at: take a shorter run.',
    },
    fairness.heavyMinutes.length === 0 && {
      code: 'no_heavy_minute',
      words:
        'In no minute two workspaces waited throughout with enough started for each: fairness was not put to the test.',
    },
    lost && { code: 'signal_missing', words: 'For some of the time something could not be measured.' },
    !decisions.isLed && { code: 'nobody_leads', words: 'No controller leads: nothing is decided now.' },
    configuration === null && {
      code: 'audit_unknown',
      words: 'What was changed is not known: the audit is for keys with the scope admin.',
    },
  ];
  return found.filter((each) => each !== false);
}
