import { type Difference, KINDS, type Verification, verifyDecisionLog } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { LOG, policiesAtHand, policyOption } from '../../decision-log/open.ts';
import { sha256 } from '../../decision-log/sha256.ts';
import { EXIT } from '../../exit-codes.ts';
import { Failure, usage } from '../../failure.ts';
import { readSource } from '../../input/source.ts';
import { fields } from '../../output/fields.ts';
import type { Screen } from '../../output/screen.ts';
import { type Column, table } from '../../output/table.ts';
import { subjectFrom } from './stored.ts';
import { type StoredVerification, verifyStored } from './verify-stored.ts';

/** A log that was changed in one place breaks in a few; one that was shuffled, everywhere. */
const TOLD = 20;

const COLUMNS: Column<Difference>[] = [
  { title: 'DECISION', text: ({ id }) => id },
  { title: 'CODE', text: ({ code }) => code, style: () => 'red' },
  { title: 'WHAT', text: ({ words }) => words },
];

/** All differences of a file; the first of the controller's, and how many more there are. */
type Verified = Verification & Partial<Pick<StoredVerification, 'moreDifferences'>>;

export function verifyDecisions(context: Context) {
  return command('verify', {
    summary: 'Take decisions again, and check their chains',
    description:
      'Take decisions again, from the signals and the state that they recorded, and check the chain of each subject. ' +
      'Without an argument all that the controller has; with a subject, as promotion:acme, rollout:fair-time, or autoscale ' +
      'of the cluster, those about it; with a file those of a log, which is what simulate writes, or records alone, one a ' +
      'line, or traces as Jaeger and others export them in JSON. It ends with 0 when every answer is the same byte for byte and no record was changed, ' +
      'taken out or put in, and with 1 otherwise. That the last records of a subject were cut off from a file is not ' +
      'seen. With --json it prints {"ok", "recomputed", "otherVersion", "subjects", "differences": [{"id", "code", "words"}]}, ' +
      'of the controller "moreDifferences" too: how many there are after the first 10,000',
    examples: [
      'fairlead decisions verify',
      'fairlead decisions verify promotion:acme',
      'fairlead decisions verify decisions.json',
      'fairlead simulate --scenario burst --json | fairlead decisions verify -',
      `fairlead decisions verify decisions.json --json | jq -r '.differences[].id'`,
    ],
  })
    .argument('[what]', `a subject, or ${LOG}; default: everything that the controller has`)
    .addOption(policyOption())
    .action(async (what, { json, policy }) => {
      const subject = what === undefined ? undefined : subjectFrom(what);
      const isStored = what === undefined || subject !== undefined;
      if (!isStored && KINDS.some((kind) => kind === what)) {
        throw usage(
          `${what} alone is no subject.`,
          `Name whose decisions, like ${what}:acme, or nothing: then all are verified. A file of that name is ./${what}.`,
        );
      }
      if (isStored && policy !== undefined) {
        throw usage('The controller knows its policies.', '--policy goes with a file.');
      }
      const verified: Verified = isStored
        ? await verifyStored(context, subject)
        : verifyDecisionLog(await readSource(context, what), sha256, await policiesAtHand(context, policy));
      const { differences } = verified;
      const ok = differences.length === 0;
      await context.show(json, { ok, ...verified }, () => render(context.out, verified));
      if (ok) return;
      const found = counted(differences.length + (verified.moreDifferences ?? 0), 'difference');
      throw isStored
        ? new Failure(EXIT.failed, `The decisions do not hold: ${found}.`, {
            fix: 'Somebody changed the database: its backups have them as they were.',
          })
        : new Failure(EXIT.failed, `The log does not hold: ${found}.`, {
            fix: 'Fetch it again from where it was written; if it is the same there, it was changed after it was written.',
          });
    });
}

function render(screen: Screen, verified: Verified): string {
  const { recomputed, otherVersion, subjects, differences, moreDifferences = 0 } = verified;
  const found = differences.length + moreDifferences;
  if (!screen.live) {
    const sums = { recomputed, otherVersion, subjects, differences: found };
    const lines = Object.entries(sums).map(([name, value]) => [name, String(value)] as const);
    return fields(screen, lines) + table(screen, COLUMNS, differences);
  }
  const other = `${counted(otherVersion, 'decision')} of another engine cannot be: only the chain was checked.`;
  const taken = `${counted(recomputed, 'decision')} taken again, of ${counted(subjects, 'subject')}`;
  const listed = moreDifferences === 0 ? 'them all' : `the first ${differences.length.toLocaleString('en')}`;
  const told = table(screen, COLUMNS, differences.slice(0, TOLD));
  const more = found - TOLD;
  return [
    differences.length === 0
      ? `${screen.paint('green', 'Whole:')} ${taken}; 0 differences.\n`
      : `${screen.paint('red', 'Broken:')} ${taken}; ${counted(found, 'difference')}.\n\n${told}`,
    more > 0 ? `… and ${more.toLocaleString('en')} more; --json has ${listed}.\n` : '',
    otherVersion > 0 ? `${other}\n` : '',
  ].join('');
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
