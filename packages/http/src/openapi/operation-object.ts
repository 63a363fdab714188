/** One operation of an OpenAPI document. */
import type { z } from 'zod';
import { problemsOf } from '../mount-operations.ts';
import type { Access, Answer, Body, Operation } from '../operation.ts';
import { type Components, type JsonSchema, pascal } from './components.ts';
import { refusals } from './refusals.ts';

/** The name of the security scheme. */
export const KEY = 'key';

export function operationObject(operation: Operation, components: Components): object {
  const { id, tag, summary, description, access, params, query, headers, body, answers } = operation;
  const parameters = [
    ...parametersOf('path', params ?? {}, components),
    ...parametersOf('query', query?.shape ?? {}, components),
    ...parametersOf('header', headers?.shape ?? {}, components),
  ];
  const fine = Object.entries(answers).filter(([status]) => Number(status) < 400);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, accessText(access)].filter((text) => text !== undefined).join('\n\n'),
    security: [{ [KEY]: [access.scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(`${pascal(id)}Request`, body, components) }),
    responses: {
      ...Object.fromEntries(
        fine.map(([status, answer]) => {
          const name = `${pascal(id)}Answer${fine.length === 1 ? '' : status}`;
          return [status, response(name, answer, components)];
        }),
      ),
      ...refusals(operation, problemsOf(operation), components),
    },
  };
}

function accessText({ scope, tenants }: Access): string {
  const bound = {
    no: 'and is bound to no workspace.',
    own: 'and is bound to this workspace or to none.',
    items: '. For one that is bound to a workspace, no other exists.',
  }[tenants];
  return `Needs a key that has the scope \`${scope}\` ${bound}`.replace(' .', '.');
}

function parametersOf(
  place: 'path' | 'query' | 'header',
  shape: Readonly<Record<string, z.core.$ZodType>>,
  components: Components,
): object[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { description, examples, ...rest } = components.schema(schema as z.ZodType, 'sent') as {
      description?: string;
      examples?: readonly unknown[];
    };
    return {
      name: place === 'header' ? headerName(name) : name,
      in: place,
      required: !(schema as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      ...(examples === undefined ? {} : { example: examples[0] }),
      schema: rest,
    };
  });
}

/** `idempotency-key` → `Idempotency-Key` */
function headerName(lowerCase: string): string {
  return lowerCase.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function requestBody(
  name: string,
  { schema, types = ['application/json'] }: Body,
  components: Components,
): object {
  const json = components.named(name, schema, 'sent');
  const lines = (schema as { element?: z.ZodType }).element;
  return {
    required: true,
    content: Object.fromEntries(
      types.map((type) => [
        type,
        { schema: type === 'application/json' ? json : text(lines && components.schema(lines, 'sent')) },
      ]),
    ),
  };
}

/** OpenAPI 3.1 has no word for JSON texts one after the other: a text, and what each of its lines is. */
function text(line: JsonSchema | undefined): JsonSchema {
  const name = String(line?.['$ref'] ?? 'JSON value')
    .split('/')
    .at(-1);
  return { type: 'string', description: `A ${name} on each line.` };
}

function response(
  name: string,
  { description, schema, headers = {}, sometimes = {} }: Answer,
  components: Components,
): object {
  const schemaOfHeader = { schema: { type: 'string' } };
  const named = [
    ...Object.entries(headers).map(([name, says]) => [
      headerName(name),
      { description: says, ...schemaOfHeader },
    ]),
    ...Object.entries(sometimes).map(([name, says]) => [
      headerName(name),
      { description: says, required: false, ...schemaOfHeader },
    ]),
  ];
  return {
    description,
    ...(named.length === 0 ? {} : { headers: Object.fromEntries(named) }),
    ...(schema === undefined
      ? {}
      : { content: { 'application/json': { schema: components.named(name, schema, 'received') } } }),
  };
}
