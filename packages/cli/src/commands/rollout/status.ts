import { command } from '../../command.ts';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import { table } from '../../output/table.ts';
import { when } from '../../output/time.ts';
import { orderOf, percent } from './show-rollout.ts';

export function rolloutStatus(context: Context) {
  const { out, nowMs } = context;
  return command('status', {
    summary: 'Show how a rollout stands, and why',
    description: 'Show how a rollout stands: its stages, and the last decision about it in words',
    examples: [
      'fairlead rollout status fair-time',
      'fairlead rollout status fair-time --json | jq .decision.words',
    ],
  })
    .argument('<rollout>', 'its name')
    .action(async (name, { json }) => {
      const answer = await context.askController((api) => api.getRollout({ name }));
      await context.show(json, answer, (rollout) => {
        const facts = fields(out, [
          ['name', rollout.name],
          ['feature', rollout.feature],
          ['status', rollout.status],
          ['share', percent(rollout.shareBp)],
          ['why', rollout.decision?.words],
          [
            'decision',
            rollout.decision ? `${rollout.decision.id} ${rollout.decision.reasonCode}` : undefined,
          ],
          ['order', orderOf(rollout)],
          ['createdBy', rollout.createdBy],
          ['createdAt', when(out, rollout.createdAt, nowMs())],
          ['endedAt', when(out, rollout.endedAt, nowMs())],
        ]);
        if (rollout.stages.length === 0) return facts;
        const stages = table(
          out,
          [
            { title: 'STAGE', text: ({ shareBp }) => percent(shareBp), align: 'right' },
            { title: 'STARTED', text: ({ startedAt }) => when(out, startedAt, nowMs()) },
            { title: 'ENDED', text: ({ endedAt }) => when(out, endedAt, nowMs()) },
            { title: 'OUTCOME', text: ({ outcome }) => outcome ?? '' },
            {
              title: 'FINISHED',
              text: ({ cohortFinished }) => (cohortFinished === null ? '' : String(cohortFinished)),
              align: 'right',
            },
          ],
          rollout.stages,
        );
        return out.live ? `${facts}\n${stages}` : `${facts}${stages.replaceAll(/^(?=.)/gm, 'stage\t')}`;
      });
    });
}
