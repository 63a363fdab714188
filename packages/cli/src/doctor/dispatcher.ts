/** Whether the dispatcher answers, can do its work, and knows our key. */
import { ApiProblem, createClient } from '@fairlead/client';
import { describeProblem } from '../ask.ts';
import { DISPATCHER, type Environment, readApiKey, readUrl } from '../config.ts';
import { Failure } from '../failure.ts';
import { DEADLINE_MS, type Finding, failed, ok, skipped } from './check.ts';
import type { ClockReading } from './clocks.ts';
import { untilReady } from './until-ready.ts';

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
    url = readUrl(env, DISPATCHER);
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
  const trouble = await untilReady(() => api.getReadiness(), signal);
  const mayKnow = trouble === undefined || trouble instanceof ApiProblem;
  const key = mayKnow
    ? await checkKey(apiKey, () => api.listFlags())
    : skipped('api key', 'nobody answers who would know it', 'Bring the dispatcher to answer first.');
  return { findings: [readiness(url, trouble), key], ...(clock === undefined ? {} : { clock }) };
}

function readiness(url: string, trouble: Error | undefined): Finding {
  const check = 'dispatcher';
  if (trouble === undefined) return ok(check, `ready at ${url}`);
  if (trouble instanceof ApiProblem) {
    return failed(check, `not ready: ${trouble.message}`, trouble.fix ?? LOG_FIX);
  }
  return failed(
    check,
    trouble.message,
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
