import {
  counterfactualOf,
  type DecisionRecord,
  ENGINE_VERSION,
  explainDecision as inWords,
  type Policy,
  verifyDecisions,
} from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { instant, LOG, openLog, policiesAtHand, policyOption } from '../../decision-log/open.ts';
import { sha256 } from '../../decision-log/sha256.ts';
import { EXIT } from '../../exit-codes.ts';
import { Failure, usage } from '../../failure.ts';
import { fields } from '../../output/fields.ts';

/** Not quite nothing: an effect that is sent twice changes most decisions, and is worth no mention in each. */
const NOTHING = 'No signal alone would have changed this, short of a duplicate send.';

export function explainDecision(context: Context) {
  return command('explain', {
    summary: 'Say why a decision was taken, and what would have changed it',
    description:
      'Say in words why a decision was taken, and what the smallest change of one signal is that would have changed it. ' +
      'The decision is the controller’s, or with a file first one of a log. It is taken again first: one that does not ' +
      'hold is not explained, and ends with 1. With --json it prints {"words", "counterfactual", "decision"}, of the ' +
      'controller "evidence" and "record" too; counterfactual is null where no signal alone, short of a duplicate send, ' +
      'would have changed anything',
    examples: [
      'fairlead decisions explain promotion:acme:12',
      'fairlead decisions explain autoscale:31 --json | jq -r .counterfactual.words',
      'fairlead decisions explain decisions.json promotion:flaky:16',
    ],
  })
    .argument('<what>', `the id of a decision, or ${LOG}`)
    .argument('[id]', 'of the decision in the file; decisions list shows them')
    .addOption(policyOption())
    .action(async (what, id, { json, policy: files }) => {
      if (id !== undefined) return explainFromFile(context, what, id, files, json);
      if (files !== undefined) {
        throw usage(
          'The controller knows its policies.',
          '--policy goes with a file: decisions explain FILE ID.',
        );
      }
      const answer = await context.askController((api) => api.explainDecision({ id: what }));
      const { words, counterfactual, evidence, decision } = answer;
      await context.show(json, answer, () =>
        shown(context, { ...decision, words, otherwise: counterfactual?.words, evidence }),
      );
    });
}

async function explainFromFile(
  context: Context,
  file: string,
  id: string,
  files: readonly string[] | undefined,
  json: true | undefined,
): Promise<void> {
  const { log, policies } = await openLog(context, file, await policiesAtHand(context, files));
  const record = log.records.find((one) => one.id === id);
  if (!record) {
    throw new Failure(EXIT.absent, `There is no decision ${id} in ${file}.`, {
      fix: `fairlead decisions list ${file} shows those that are. A repeated hold is recorded once.`,
    });
  }
  const policy = checked(record, policies);
  const words = inWords(record, policy);
  const counterfactual = counterfactualOf(record, policy);
  await context.show(json, { words, counterfactual, decision: record }, () =>
    shown(context, {
      ...record,
      words,
      at: instant(record.evaluatedAt),
      otherwise: counterfactual?.words,
      evidence: [],
    }),
  );
}

interface Explained extends Pick<DecisionRecord, 'id' | 'action' | 'from' | 'to' | 'limiting'> {
  readonly reasonCode: string;
  readonly at: string;
  readonly words: string;
  readonly otherwise: string | undefined;
  readonly evidence: readonly string[];
}

function shown({ out }: Context, decision: Explained): string {
  const { id, at, action, from, to, reasonCode, limiting, words, otherwise, evidence } = decision;
  return fields(out, [
    ['id', id],
    ['time', at],
    ['decided', `${action} (${from} → ${to})`],
    ['reason', reasonCode],
    ['limiting', limiting.join(', ')],
    ['why', words],
    ['otherwise', otherwise ?? NOTHING],
    ['evidence', evidence.join(' ')],
  ]);
}

/** The decision's policy, once the decision was taken again. @throws Failure */
function checked(record: DecisionRecord, policies: ReadonlyMap<string, Policy>): Policy {
  const { differences, otherVersion } = verifyDecisions([record], policies, sha256);
  const policy = policies.get(record.policyHash);
  const [difference] = differences;
  if (difference !== undefined || policy === undefined) {
    throw new Failure(EXIT.failed, `${record.id} does not hold: ${difference?.words}`, {
      fix: 'fairlead decisions verify checks the whole log.',
    });
  }
  if (otherVersion > 0) {
    throw new Failure(
      EXIT.failed,
      `${record.id} was decided by engine ${record.engineVersion}; this is engine ${ENGINE_VERSION}.`,
      { fix: 'Explain it with the version of Fairlead that it was decided by.' },
    );
  }
  return policy;
}
