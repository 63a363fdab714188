import type { ControllerSchemas } from '@fairlead/client';
import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import { table } from '../../output/table.ts';
import { when } from '../../output/time.ts';
import { orderedBy } from './show-order.ts';

export function showCapacity(context: Context) {
  return command('show', {
    summary: 'Show how many jobs may run at once, and why',
    description:
      'Show how many jobs may run at once in the whole cluster, the decision that set it, what operators ordered, and ' +
      'the replicas that are alive',
    examples: ['fairlead capacity show', 'fairlead capacity show --json | jq .replicas.running'],
  }).action(async ({ json }) => {
    const answer = await context.askController((api) => api.getCapacity());
    await context.show(json, answer, (capacity) => render(context, capacity));
  });
}

function render(context: Context, capacity: ControllerSchemas['Capacity']): string {
  const { out, nowMs } = context;
  const { decision, pin, step, replicas, leader } = capacity;
  const facts = fields(out, [
    ['capacity', capacity.capacity === null ? 'nothing was decided yet' : count(context, capacity.capacity)],
    ['target', capacity.target === null ? undefined : count(context, capacity.target)],
    ['why', decision?.words],
    ['decision', decision ? `${decision.id} ${decision.reasonCode}` : undefined],
    ['decidedAt', decision ? when(out, decision.at, nowMs()) : undefined],
    ['limiting', decision?.limiting.join(', ')],
    ['pin', pin ? `${count(context, pin.value ?? 0)} ${orderedBy(context, pin)}` : undefined],
    ['step', step ? `${step.value} ${orderedBy(context, step)}` : undefined],
    ['replicasWanted', replicas.wanted === null ? undefined : String(replicas.wanted)],
    [
      'replicasRunning',
      replicas.running === null ? 'unknown: Redis does not answer' : String(replicas.running),
    ],
    ['slots', replicas.slots === null ? undefined : count(context, replicas.slots)],
    ['inFlight', replicas.inFlight === null ? undefined : count(context, replicas.inFlight)],
    ['leader', leader ? `${leader.holder} (epoch ${leader.epoch})` : 'none: nobody decides'],
  ]);
  if (replicas.live === null || replicas.live.length === 0) return facts;
  const rows = table(
    out,
    [
      { title: 'REPLICA', text: ({ id }) => id },
      { title: 'SLOTS', text: ({ slots }) => String(slots), align: 'right' },
      { title: 'RUNNING', text: ({ running }) => String(running), align: 'right' },
      {
        title: 'STATE',
        text: ({ draining }) => (draining ? 'draining' : 'running'),
        style: ({ draining }) => (draining ? 'yellow' : 'green'),
      },
      { title: 'SEEN', text: ({ seenAt }) => when(out, seenAt, nowMs()) },
    ],
    replicas.live,
  );
  return out.live ? `${facts}\n${rows}` : `${facts}${rows.replaceAll(/^(?=.)/gm, 'replica\t')}`;
}

/** With separators for people. */
function count({ out }: Context, value: number): string {
  return out.live ? value.toLocaleString('en') : String(value);
}
