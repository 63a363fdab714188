/** The refusals of an operation as responses: one for each status, which lists its codes with an example each. */
import { FAULTS, type FaultCode } from '@fairlead/core';
import type { Operation } from '../operation.ts';
import { problem } from '../problem.ts';
import { problemDocument } from '../problem-schema.ts';
import { type Components, type JsonSchema, pascal } from './components.ts';

/** The headers that refusals share. */
export const REFUSAL_HEADERS = {
  RetryAfter: {
    description: 'How long to wait, in whole seconds, before the same request is worth sending again.',
    schema: { type: 'integer', minimum: 1 },
  },
  WwwAuthenticate: { description: 'The way to authenticate: Bearer.', schema: { type: 'string' } },
} as const;

/** Refusals by status, for these codes and for the answers from 400 on that the operation declares itself. */
export function refusals(
  { id, answers }: Pick<Operation, 'id' | 'answers'>,
  codes: readonly FaultCode[],
  components: Components,
): Record<string, object> {
  const byStatus = new Map<number, FaultCode[]>();
  for (const status of Object.keys(answers).map(Number)) if (status >= 400) byStatus.set(status, []);
  for (const code of [...codes].sort()) {
    const { status } = FAULTS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const own = (status: number) => {
    const schema = answers[status]?.schema;
    return schema && components.named(`${pascal(id)}Problem`, schema, 'received');
  };
  return Object.fromEntries(
    [...byStatus].map(([status, its]) => [status, refusal(status, its, own(status), components)]),
  );
}

/** The same codes are the same response, wherever they are. */
function refusal(status: number, codes: FaultCode[], own: JsonSchema | undefined, components: Components) {
  const response = refusalOf(status, codes, own, components);
  if (own !== undefined) return response;
  const name = codes.map((code) => code.toLowerCase().split('_').map(pascal).join('')).join('Or');
  return components.response(name, response);
}

function refusalOf(status: number, codes: FaultCode[], own: JsonSchema | undefined, components: Components) {
  const shared = components.schema(problemDocument, 'received');
  const narrowed = { allOf: [shared, { type: 'object', properties: { code: { enum: codes } } }] };
  const schemas = [own, codes.length > 0 ? narrowed : undefined].filter((schema) => schema !== undefined);
  return {
    description: codes.map((code) => `\`${code}\`: ${FAULTS[code].title}.`).join(' '),
    ...headersOf(status),
    content: {
      'application/problem+json': {
        schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas },
        examples: Object.fromEntries(
          codes.map((code) => [code, { value: problem(code, `${FAULTS[code].title}.`) }]),
        ),
      },
    },
  };
}

function headersOf(status: number): object {
  const ref = (name: keyof typeof REFUSAL_HEADERS) => ({ $ref: `#/components/headers/${name}` });
  if (status === 401) return { headers: { 'WWW-Authenticate': ref('WwwAuthenticate') } };
  if (status === 429 || status === 503) return { headers: { 'Retry-After': ref('RetryAfter') } };
  return {};
}
