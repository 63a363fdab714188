import type { ControllerInput } from '@fairlead/client';
import { InvalidArgumentError } from 'commander';
import { usage } from '../../failure.ts';
import { parseDuration } from '../../input/duration.ts';

export type DrillSignal = ControllerInput<'startDrill'>['body']['signal'];

const FORMS = {
  time: 'It is a time, like 80ms, or "missing".',
  share: 'It is a share, like 5% (100% at most), or "missing".',
  count: 'It is how many more there are, like 1, or "missing".',
} as const;

/** What a signal is measured in: another unit would be another exercise than the one that was meant. */
export function formOf(signal: DrillSignal): keyof typeof FORMS {
  if (signal === 'duplicate_sends') return 'count';
  return signal === 'claim_latency' || signal === 'event_loop_delay' || signal === 'ledger_lag'
    ? 'time'
    : 'share';
}

/** The value as the API takes it: times in ms, shares in basis points; null: it cannot be measured. @throws Failure */
export function parseDrillValue(signal: DrillSignal, text: string): number | null {
  if (text === 'missing') return null;
  const form = formOf(signal);
  const value = form === 'time' ? timeFrom(text) : form === 'share' ? shareFrom(text) : countFrom(text);
  if (value === undefined) throw usage(`${signal} cannot be ${text}.`, FORMS[form]);
  return value;
}

function timeFrom(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

function shareFrom(text: string): number | undefined {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text) ?? [];
  const basisPoints = Math.round(Number(percent) * 100);
  return basisPoints <= 10_000 ? basisPoints : undefined;
}

function countFrom(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
