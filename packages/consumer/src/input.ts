import { core, type ZodSafeParseResult, type ZodType } from 'zod';
import type { ClaimedJob } from './claimer-port.ts';
import { limitText } from './limits.ts';

export type ParsedInput =
  | { readonly outcome: 'parsed'; readonly input: unknown }
  | { readonly outcome: 'invalid'; readonly reason: string };

const MAX_ISSUES = 10;
const MAX_REASON = 2_048;

/** Parses a job's payload by its handler's schema; only a schema with asynchronous parts makes one wait. */
export function parseInput(schema: ZodType, job: ClaimedJob): ParsedInput | Promise<ParsedInput> {
  let payload: unknown;
  try {
    payload = job.payload;
  } catch {
    return invalid(job, 'it is not valid JSON');
  }
  try {
    return judge(job, schema.safeParse(payload));
  } catch (error) {
    if (!(error instanceof core.$ZodAsyncError)) throw error;
    return schema.safeParseAsync(payload).then((result) => judge(job, result));
  }
}

function judge(job: ClaimedJob, result: ZodSafeParseResult<unknown>): ParsedInput {
  if (result.success) return { outcome: 'parsed', input: result.data };
  const { issues } = result.error;
  const told = issues.slice(0, MAX_ISSUES).map((issue) => `${pathOf(issue.path)}${issue.message}`);
  if (issues.length > MAX_ISSUES) told.push(`and ${issues.length - MAX_ISSUES} more`);
  return invalid(job, told.join('; '));
}

function invalid(job: ClaimedJob, what: string): ParsedInput {
  const reason = `The payload does not fit the job type ${JSON.stringify(job.type)}: ${what}`;
  return { outcome: 'invalid', reason: limitText(reason, MAX_REASON) };
}

/** `items[2].name: `, or nothing for the payload as a whole. */
function pathOf(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? '' : `${text}: `;
}
