/** Holds the answers of a service against its OpenAPI document, as anybody could who has but that. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Content {
  readonly [type: string]: { readonly schema: object };
}
interface DocumentedResponse {
  readonly $ref?: string;
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
}
interface DocumentedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, DocumentedResponse>> };
}

const BASE = 'openapi.json';

export interface Checked {
  readonly id: string;
  readonly offences: readonly string[];
}

export interface Documented {
  readonly operations: readonly { readonly id: string; readonly method: string; readonly path: string }[];
  /** The operation that this answers, and what is not documented about the answer. */
  check(request: Request, response: Response): Promise<Checked>;
}

export function documented(openApi: OpenApi): Documented {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(openApi, BASE);
  const all = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

  function validator(schema: object): ValidateFunction {
    return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${BASE}#/`)));
  }

  function resolved(response: DocumentedResponse): DocumentedResponse {
    const name = response.$ref?.split('/').at(-1);
    return name === undefined ? response : (openApi.components.responses[name] as DocumentedResponse);
  }

  return {
    operations: all.map(({ method, path, operation }) => ({ id: operation.operationId, method, path })),
    async check(request, response) {
      const { pathname } = new URL(request.url);
      const found = all.find(({ method, path }) => method === request.method && matches(path, pathname));
      if (found === undefined) return { id: '', offences: [`${request.method} ${pathname} is unknown`] };
      const { operationId: id, responses } = found.operation;
      const declared = responses[response.status];
      if (declared === undefined) return { id, offences: [`${id} answers ${response.status}`] };
      const { content = {}, headers = {} } = resolved(declared);
      const missing = Object.keys(headers).filter(
        (name) => headers[name]?.required !== false && !response.headers.has(name),
      );
      const text = await response.clone().text();
      const offences = [...missing.map((name) => `has no ${name}`), ...wrong(content, response, text)];
      return { id, offences: offences.map((offence) => `${id} answers ${response.status}, ${offence}`) };
    },
  };

  function wrong(content: Content, response: Response, text: string): string[] {
    if (Object.keys(content).length === 0) return text === '' ? [] : ['has a body'];
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const media = content[type];
    if (media === undefined) return [`is "${type}"`];
    const validate = validator(media.schema);
    const value: unknown = type.endsWith('json') ? JSON.parse(text) : text;
    return validate(value) ? [] : [`${ajv.errorsText(validate.errors)} in ${text}`];
  }
}

function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
