/** The four orders: all are taken by the next tick. */
import { type About, command } from '../../command.ts';
import type { Context } from '../../context.ts';

type Order = 'start' | 'pause' | 'resume' | 'abort';

const ABOUT: Readonly<Record<Order, About>> = {
  start: {
    summary: 'Start a rollout with its first stage',
    description:
      'Start a rollout with its first stage, 5 % of workspaces. It goes on to 25 % and to all by itself, each time when a ' +
      'stage was held for half an hour, has enough finished jobs, and nothing was worse than without the change',
    examples: ['fairlead rollout start fair-time'],
  },
  pause: {
    summary: 'Hold a rollout where it is',
    description: 'Hold a rollout at its stage until it is resumed. What stops it stops it then, too',
    examples: ['fairlead rollout pause fair-time'],
  },
  resume: {
    summary: 'Let a paused rollout go on',
    description: 'Let a paused rollout go on. Its stage is held anew',
    examples: ['fairlead rollout resume fair-time'],
  },
  abort: {
    summary: 'End a rollout, and return to how it was',
    description:
      'End a rollout: in one decision no workspace has the change any more. It cannot be started again',
    examples: ['fairlead rollout abort fair-time'],
  },
};

const SAID: Readonly<Record<Order, string>> = {
  start: 'starts',
  pause: 'is paused',
  resume: 'goes on',
  abort: 'ends, and no workspace keeps the change,',
};

const orderCommand = (order: Order) => (context: Context) =>
  command(order, ABOUT[order])
    .argument('<rollout>', 'its name')
    .action(async (name, { json }) => {
      const rollout = await context.askController((api) => api.orderRollout({ name, order }));
      await context.show(json, rollout, () => `${name} ${SAID[order]} with the next tick\n`);
    });

export const startRollout = orderCommand('start');
export const pauseRollout = orderCommand('pause');
export const resumeRollout = orderCommand('resume');
export const abortRollout = orderCommand('abort');
