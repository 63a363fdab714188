/** Whether the dispatcher answers, can do its work, and knows our key. */
import { ApiProblem, createClient } from '@fairlead/client';
import { describeProblem } from '../ask.ts';
import { type Environment, readApiKey, readUrl } from '../config.ts';
import { Failure } from '../failure.ts';
import { DEADLINE_MS, type Finding, failed, ok, skipped } from './check.ts';
import type { ClockReading } from './clocks.ts';

export interface DispatcherLook {
  readonly findings: readonly Finding[];
  readonly clock?: ClockReading;
}

const LOG_FIX = 'Look at the log of the dispatcher: it has the reason.';

export async function lookAtDispatcher(
  env: Environment,
  signal: AbortSignal,
  nowMs: () => number,
): Promise<DispatcherLook> {
  let url: string;
  let apiKey: string | undefined;
  try {
    url = readUrl(env);
    apiKey = readApiKey(env);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { findings: [failed('dispatcher', error.message, error.fix ?? '')] };
  }
  let clock: ClockReading | undefined;
  const api = createClient({
    url,
    apiKey,
    retry: false,
    fetch: async (request) => {
      const fromMs = nowMs();
      const response = await fetch(request, {
        signal: AbortSignal.any([request.signal, signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      const showedMs = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(showedMs)) clock ??= { whose: 'the dispatcher', showedMs, fromMs, untilMs: nowMs() };
      return response;
    },
  });
  const readiness = await api.getReadiness().then(
    () => ok('dispatcher', `ready at ${url}`),
    (error: Error) => notReady(error),
  );
  const answers = readiness.status === 'ok' || readiness.detail.startsWith('not ready');
  const key = answers
    ? await checkKey(apiKey, () => api.listFlags())
    : skipped('api key', 'nobody answers who would know it', 'Bring the dispatcher to answer first.');
  return { findings: [readiness, key], ...(clock === undefined ? {} : { clock }) };
}

function notReady(error: Error): Finding {
  if (error instanceof ApiProblem)
    return failed('dispatcher', `not ready: ${error.message}`, error.fix ?? LOG_FIX);
  return failed(
    'dispatcher',
    error.message,
    'Start the dispatcher (npm start), or set FAIRLEAD_URL to the address that it listens on.',
  );
}

/** What only an admin may ask for tells a good key from a bad one whatever the good one allows. */
async function checkKey(apiKey: string | undefined, ask: () => Promise<unknown>): Promise<Finding> {
  const check = 'api key';
  if (apiKey === undefined) {
    return failed(
      check,
      'there is none',
      'Set FAIRLEAD_API_KEY, or FAIRLEAD_API_KEY_FILE to a file that holds it.',
    );
  }
  try {
    await ask();
    return ok(check, 'good, and an admin’s');
  } catch (error) {
    if (!(error instanceof ApiProblem)) return failed(check, (error as Error).message, LOG_FIX);
    if (error.status === 401) {
      return failed(
        check,
        'no key of this cluster, or revoked',
        'Use another, or let an admin make one: fairlead keys create.',
      );
    }
    if (error.status === 403) return ok(check, 'good, and not an admin’s');
    if (error.code === 'LEDGER_OFF') return ok(check, 'good');
    return failed(check, describeProblem(error.document), error.fix ?? LOG_FIX);
  }
}
