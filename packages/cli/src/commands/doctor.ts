import { command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Finding } from '../doctor/check.ts';
import { checkClocks } from '../doctor/clocks.ts';
import { lookAtController } from '../doctor/controller.ts';
import { lookAtDispatcher } from '../doctor/dispatcher.ts';
import { checkNode } from '../doctor/node.ts';
import { lookAtPostgres, lookAtRedis } from '../doctor/servers.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Style } from '../output/screen.ts';
import { table } from '../output/table.ts';

const STYLES: Readonly<Record<Finding['status'], Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'dim',
};

export function doctor(context: Context) {
  const { env, out, err, signal, nowMs } = context;
  return command('doctor', {
    summary: 'Check what Fairlead stands on, and say what to fix',
    description:
      'Check this Node, the dispatcher and the API key, the controller and whether one leads, Redis (version, eviction, ' +
      'memory, persistence), Postgres and its migrations, and the clocks. Redis and Postgres are looked at when REDIS_URL and DATABASE_URL are set as the ' +
      'services have them. It changes nothing, and ends with 1 when something failed. With --json it prints ' +
      '{"ok", "findings": [{"check", "status", "detail", "fix"?}]}',
    examples: [
      'fairlead doctor',
      'REDIS_URL=redis://127.0.0.1:6379 DATABASE_URL=postgresql://fairlead@127.0.0.1/fairlead fairlead doctor',
      `fairlead doctor --json | jq -r '.findings[] | select(.status == "failed").fix'`,
    ],
  }).action(async ({ json }) => {
    const [dispatcher, controller, redis, postgres] = await Promise.all([
      lookAtDispatcher(env, signal, nowMs),
      lookAtController(env, signal),
      lookAtRedis(env, nowMs),
      lookAtPostgres(env, nowMs),
    ]);
    const clocks = [dispatcher.clock, redis.clock, postgres.clock].filter((clock) => clock !== undefined);
    const findings = [
      checkNode(process.versions.node),
      ...dispatcher.findings,
      ...controller,
      ...redis.findings,
      ...postgres.findings,
      checkClocks(clocks),
    ];
    const broken = findings.filter(({ status }) => status === 'failed');
    await context.show(json, { ok: broken.length === 0, findings }, () =>
      table(
        out,
        [
          { title: 'CHECK', text: ({ check }) => check },
          { title: 'STATUS', text: ({ status }) => status, style: ({ status }) => STYLES[status] },
          { title: 'FOUND', text: ({ detail }) => detail },
        ],
        findings,
      ),
    );
    if (!json) {
      for (const { check, fix } of findings)
        if (fix) await err.write(`${err.paint('green', `fix ${check}:`)} ${fix}\n`);
    }
    if (broken.length > 0) {
      throw new Failure(EXIT.failed, `${broken.length} of ${findings.length} checks failed.`);
    }
  });
}
