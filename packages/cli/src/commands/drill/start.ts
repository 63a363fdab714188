import { Argument } from '@commander-js/extra-typings';
import { DRILL_SIGNALS } from '@fairlead/core';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { mandatoryExpiresInOption, reasonOption } from '../../input/order-options.ts';
import { parseDrillValue } from './drill-value.ts';
import { valueInWords } from './show-drill.ts';

export function startDrill(context: Context) {
  return command('start', {
    summary: 'Inject a signal for an exercise',
    description:
      'Inject a signal for an exercise. For a while the controller sees it in place of what is measured, and does what ' +
      'it would do in earnest: capacity falls, quotas go back, rollouts stop. What it decides so is marked as an exercise. ' +
      'The controllers must run with FAIRLEAD_DRILL=on, which no production should',
    examples: [
      'fairlead drill start failure_rate 5% --expires-in 5m --reason "who is on call sees the guardrail"',
      'fairlead drill start claim_latency 80ms --expires-in 2m --reason contention',
      'fairlead drill start redis_memory missing --expires-in 2m --reason "a lost signal holds capacity"',
    ],
  })
    .addArgument(new Argument('<signal>', 'what is measured').choices(DRILL_SIGNALS))
    .argument(
      '<value>',
      'what it is said to be, as it is measured: a time like 80ms, a share like 5%, of duplicate_sends a count; or "missing"',
    )
    .addOption(mandatoryExpiresInOption())
    .addOption(reasonOption())
    .action(async (signal, text, { expiresIn, reason, json }) => {
      const value = parseDrillValue(signal, text);
      const body = { signal, value, reason, expiresInSeconds: expiresIn };
      const drill = await context.askController((api) => api.startDrill({ body }));
      await context.show(
        json,
        drill,
        () => `${signal} is said to be ${valueInWords(drill)} from the next tick on\n`,
      );
    });
}
