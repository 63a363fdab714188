/** Whether the controller answers, can do its work, and somebody decides. */
import { ApiProblem, createControllerClient } from '@fairlead/client';
import { CONTROLLER, type Environment, readApiKey, readUrl } from '../config.ts';
import { Failure } from '../failure.ts';
import { DEADLINE_MS, type Finding, failed, ok, skipped, warning } from './check.ts';
import { untilReady } from './until-ready.ts';

const CHECK = 'controller';
const LOG_FIX = 'Look at the log of the controller: it has the reason.';

export async function lookAtController(env: Environment, signal: AbortSignal): Promise<readonly Finding[]> {
  if (!env[CONTROLLER.setting]?.trim()) {
    const fix = `Set ${CONTROLLER.setting} to the address of a controller.`;
    return [skipped(CHECK, `${CONTROLLER.setting} is not set`, fix)];
  }
  let url: string;
  let apiKey: string | undefined;
  try {
    url = readUrl(env, CONTROLLER);
    apiKey = readApiKey(env);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [failed(CHECK, error.message, error.fix ?? '')];
  }
  const api = createControllerClient({
    url,
    apiKey,
    retry: false,
    fetch: (request) =>
      fetch(request, {
        signal: AbortSignal.any([request.signal, signal, AbortSignal.timeout(DEADLINE_MS)]),
      }),
  });
  const trouble = await untilReady(() => api.getReadiness(), signal);
  if (trouble instanceof ApiProblem) {
    return [failed(CHECK, `not ready: ${trouble.message}`, trouble.fix ?? LOG_FIX)];
  }
  if (trouble !== undefined) {
    const fix = `Start the controller (npm start), or set ${CONTROLLER.setting} to the address that it listens on.`;
    return [failed(CHECK, trouble.message, fix)];
  }
  const ready = ok(CHECK, `ready at ${url}`);
  try {
    const { leader, decision } = await api.getCapacity();
    return [ready, deciding(leader, decision)];
  } catch (error) {
    // What the key allows is another check's business.
    const why = (error as Error).message;
    return [ready, skipped('decisions', why, 'Use a key with the scope read.')];
  }
}

function deciding(leader: { readonly holder: string } | null, last: { readonly id: string } | null): Finding {
  if (leader === null) {
    return failed(
      'decisions',
      'nobody decides: capacity and quotas stay what they are',
      'Start a controller; if one runs, its log says why it does not lead.',
    );
  }
  if (last === null) {
    return warning(
      'decisions',
      `${leader.holder} leads, and has decided nothing yet`,
      'Wait for its next tick.',
    );
  }
  return ok('decisions', `${leader.holder} decides; the last about capacity is ${last.id}`);
}
