/**
 * A batch, from the texts of its items to one result each.
 *
 * Every item stands for itself: what is wrong with one does not touch the others. What is wrong with the
 * batch as a whole (its JSON, its length, its size, Redis) ends it. Up to `lookAheadBytes` are read before
 * the first job is handed on, so a batch of up to that size which is wrong as a whole is refused as a whole, and
 * nothing of it was accepted. A larger one is worked off while it arrives, in bounded memory; if it turns
 * out to be wrong later, the answer has the results so far and says in `incomplete` why there are no more.
 *
 * So it is with the pressure of the whole cluster: when nothing but that is the matter with all items, the batch is.
 */
import { FairleadError, reasonOf } from '@fairlead/core';
import { type ProblemDocument, ProblemError, problemError, problemOf } from '@fairlead/http';
import type { z } from 'zod';
import { NO_WORKSPACE } from '../api/absent.ts';
import type { addJobs, batchResult } from '../api/batches.ts';
import type { KeyRule } from '../idempotency.ts';
import type { Intake, IntakeMetrics } from '../intake.ts';
import type { NewJob } from '../job-input.ts';
import type { BatchText } from './items.ts';
import { readItem } from './read-item.ts';

type ItemResult = z.input<typeof batchResult>;
type BatchAnswer = z.input<(typeof addJobs.answers)[207]['schema']>;

export interface BatchRules {
  readonly maxItems: number;
  readonly lookAheadBytes: number;
  /** Jobs that go to Redis in one pipeline: enough to be fast, and few enough to let others in between. */
  readonly chunk: number;
  readonly keys: KeyRule;
  /** Whether text that is not JSON spoils only its own item, as in NDJSON. */
  readonly itemsStandAlone: boolean;
  /** Whether a workspace exists for whoever sends the batch. */
  readonly isThere: (workspace: string) => boolean;
}

export interface AcceptedBatch {
  readonly answer: BatchAnswer;
  /** Whose jobs were accepted. */
  readonly workspaces: ReadonlySet<string>;
}

export async function acceptBatch(
  texts: AsyncIterable<readonly BatchText[]>,
  intake: Intake,
  metrics: Pick<IntakeMetrics, 'rejected'>,
  rules: BatchRules,
): Promise<AcceptedBatch> {
  const workspaces = new Set<string>();
  const results: ItemResult[] = [];
  let held: { readonly index: number; readonly job: NewJob }[] = [];
  let heldBytes = 0;
  let begun = false;
  let count = 0;

  function refuse(index: number, problem: ProblemDocument): void {
    results[index] = { index, status: problem.status, problem };
    metrics.rejected(problem.code, 1);
  }

  async function handOn(): Promise<void> {
    begun ||= held.length > 0;
    const jobs = held;
    held = [];
    heldBytes = 0;
    for (let from = 0; from < jobs.length; from += rules.chunk) {
      const chunk = jobs.slice(from, from + rules.chunk);
      try {
        const answers = await intake.accept(chunk.map(({ job }) => job));
        chunk.forEach(({ index, job }, i) => {
          const answer = answers[i] as (typeof answers)[number];
          if (answer.outcome === 'refused') refuse(index, answer.problem);
          else if (answer.outcome === 'duplicate') {
            results[index] = { index, status: 200, id: answer.id, state: answer.state, duplicate: true };
          } else {
            workspaces.add(job.workspace);
            const { id, state, position } = answer;
            results[index] = { index, status: 202, id, state, position };
          }
        });
      } catch (error) {
        if (!(error instanceof FairleadError)) throw error;
        // Neither this chunk nor what follows: it would wait for the same fault, one timeout after the other.
        const left = jobs.slice(from);
        for (const { index } of left) refuse(index, problemOf(error));
        throw error;
      }
    }
  }

  /** Reads one item; says whether there is enough to hand on. */
  function take(text: BatchText): boolean {
    const index = count++;
    if (count > rules.maxItems) {
      throw new ProblemError(
        'BATCH_TOO_LONG',
        `A batch has ${rules.maxItems.toLocaleString('en')} jobs at most.`,
        {
          fix: 'Send the rest in another batch.',
        },
      );
    }
    const item = readItem(text, rules.keys, Date.now());
    if (item.outcome === 'malformed' && !rules.itemsStandAlone) {
      throw new ProblemError(item.problem.code, `Item ${index}: ${item.problem.detail}`);
    }
    if (item.outcome !== 'job') {
      refuse(index, item.problem);
      return false;
    }
    if (!rules.isThere(item.job.workspace)) {
      refuse(index, NO_WORKSPACE);
      return false;
    }
    held.push({ index, job: item.job });
    heldBytes += text.outcome === 'text' ? text.bytes.length : 0;
    return heldBytes > rules.lookAheadBytes || (begun && held.length >= rules.chunk);
  }

  let fault: FairleadError | undefined;
  try {
    for await (const together of texts) {
      for (const text of together) if (take(text)) await handOn();
    }
  } catch (error) {
    if (!begun || !(error instanceof FairleadError)) throw error;
    fault = error;
  }
  const lastFault = await handOn().catch((error: unknown) => {
    if (error instanceof FairleadError) return error;
    throw error;
  });
  const accepted = results.reduce((sum, result) => sum + (result.status < 300 ? 1 : 0), 0);
  if (accepted === 0 && (fault ?? lastFault)) throw fault ?? lastFault;
  const refusal = refusalOfAll(results);
  if (refusal !== undefined) throw problemError(refusal);
  return {
    answer: {
      accepted,
      refused: results.length - accepted,
      results,
      ...(fault === undefined ? {} : { incomplete: problemOf(fault) }),
    },
    workspaces,
  };
}

/** The pressure of the cluster, if that is what each item was refused for. */
function refusalOfAll(results: readonly ItemResult[]): ProblemDocument | undefined {
  const isOfCluster = ({ status, code }: ProblemDocument) => status === 503 && reasonOf(code) !== undefined;
  const problems = results.map((result) => ('problem' in result ? result.problem : undefined));
  return problems.every((problem) => problem && isOfCluster(problem)) ? problems[0] : undefined;
}
