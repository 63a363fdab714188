/** The handlers of steps 3 and 4: a module of their own, with checked input. */
// #region handlers
import { defineHandlers } from '@fairlead/consumer';
import { z } from 'zod';
import type { Mail } from './mail-app.ts';

export const mail = z.object({ to: z.string(), text: z.string() });

export const handlersThat = (deliver: (tenant: string, mail: Mail) => void) =>
  defineHandlers({
    'mail.send': {
      input: mail,
      timeoutMs: 30_000,
      run: (job) => deliver(job.workspace, job.input),
    },
  });
// #endregion handlers
