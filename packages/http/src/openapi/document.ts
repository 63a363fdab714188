/** The OpenAPI document of a service, made from the very declarations that are served. */
import { type Operation, SCOPES, type Scope } from '../operation.ts';
import { createComponents } from './components.ts';
import { KEY, operationObject } from './operation-object.ts';
import { REFUSAL_HEADERS } from './refusals.ts';
import { servicePaths } from './service-paths.ts';

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  /** Markdown. */
  readonly description: string;
  readonly operations: readonly Operation[];
  /** What each tag is about, in the order in which they are shown. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  /** By template, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly [part: string]: unknown;
}

const SCOPE_TEXTS: Record<Scope, string> = {
  enqueue: 'add jobs',
  read: 'look at everything but keys, flags and the audit',
  operate: 'change what becomes of jobs, schedules and workspaces',
  admin: 'all of these, and keys, flags and the audit',
};

/** @throws Error when an operation has a tag that is not described, or schemas share a name */
export function openApiDocument(options: OpenApiOptions): OpenApiDocument {
  const components = createComponents();
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of options.operations) {
    const { id, tag, path, method } = operation;
    if (!Object.hasOwn(options.tags, tag)) throw new Error(`${id}: the tag ${tag} is not described`);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(operation, components) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: options.title,
      version: options.version,
      description: options.description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that this document came from' }],
    tags: [
      ...Object.entries(options.tags).map(([name, description]) => ({ name, description })),
      { name: 'Service', description: 'Whether it works, and what it serves. Needs no key.' },
    ],
    paths: { ...paths, ...servicePaths(components) },
    components: {
      securitySchemes: {
        [KEY]: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'flk_…',
          description: `A key, with some of these scopes:\n\n${SCOPES.map((scope) => `- \`${scope}\`: ${SCOPE_TEXTS[scope]}`).join('\n')}\n\nIt is bound to one workspace, or to none and then good for all.`,
        },
      },
      headers: REFUSAL_HEADERS,
      responses: byName(components.responses),
      schemas: byName(components.schemas),
    },
  };
}

function byName<T>(parts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
