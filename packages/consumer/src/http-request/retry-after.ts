/** What HTTP calls an HTTP-date, in the one form that senders may still use. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a `Retry-After` asks to wait, in milliseconds, at most `maxMs`; undefined when it asks for nothing that can be
 * understood. A date is taken against the answer's own `Date` where there is one, so that clocks need not agree.
 */
export function retryAfterMs(
  headers: { readonly 'retry-after'?: string | undefined; readonly date?: string | undefined },
  nowMs: number,
  maxMs: number,
): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Math.min(maxMs, Number(text) * 1_000);
  const untilMs = dateMs(text);
  if (untilMs === undefined) return undefined;
  return Math.min(maxMs, Math.max(0, untilMs - (dateMs(headers.date?.trim() ?? '') ?? nowMs)));
}

function dateMs(text: string): number | undefined {
  if (!HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
