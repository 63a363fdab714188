import { writeFile } from 'node:fs/promises';
import { Option } from '@commander-js/extra-typings';
import { commandWithFile } from '../command.ts';
import type { Context } from '../context.ts';
import { gatherPacket } from '../evidence/gather.ts';
import { renderMarkdown } from '../evidence/markdown.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, usage } from '../failure.ts';
import { parseSince } from '../input/since.ts';

export function evidence(context: Context) {
  return commandWithFile('evidence', {
    summary: 'Go or no-go: what happened in a run, and whether it speaks against going on',
    inFile: 'the packet',
    description:
      'Gather what happened in the cluster during a run: what of the configuration differs, what became of its jobs and ' +
      'dispatch windows, how fair its heavy minutes were, and what was decided and why, with all of it taken again. It ' +
      'prints the packet as Markdown, and ends with 0 when it is a go, and with 1 when something crossed a line (no-go) or ' +
      'was not measured (inconclusive). --json FILE writes it as JSON besides; --json alone prints that instead: ' +
      '{"verdict", "why": [{"code", "words"}], "notes", "run", "configuration", "jobs", "fairness", "dispatch", ' +
      '"decisions"}. The configuration needs a key with the scope admin',
    examples: [
      'fairlead evidence --since 2h',
      'fairlead evidence --since 2h --json evidence.json > evidence.md',
      `fairlead evidence --since 2030-01-31T08:00:00Z --until 2030-01-31T10:00:00Z --json | jq -r .verdict`,
    ],
  })
    .addOption(
      new Option('--since <when>', 'when the run began: a time, or how long ago').argParser(parseSince),
    )
    .addOption(new Option('--until <when>', 'when it ended; default: now').argParser(parseSince))
    .action(async ({ json, since, until }) => {
      const nowMs = context.nowMs();
      if (since === undefined)
        throw usage('When the run began is missing.', 'Give --since, a time or how long ago, like 2h.');
      const [sinceMs, untilMs] = [since(nowMs), until?.(nowMs) ?? nowMs];
      if (sinceMs >= untilMs) throw usage('The run ends before it begins.', 'Give an --until after --since.');
      const packet = await gatherPacket(context, sinceMs, untilMs);
      const text = `${JSON.stringify(packet, undefined, 2)}\n`;
      if (json === true || json === '-') await context.out.write(text);
      else {
        if (json !== undefined) await write(json, text);
        await context.out.write(renderMarkdown(packet));
      }
      const { verdict, why } = packet;
      if (verdict === 'go') return;
      throw new Failure(EXIT.failed, `${verdict}: ${why.map(({ code }) => code).join(', ')}.`);
    });
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
    throw usage(`${path} cannot be written (${error.code}).`, 'Give a file in a folder that can be written.');
  });
}
