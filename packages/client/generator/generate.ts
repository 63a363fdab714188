/** The generated half of the client, from the OpenAPI document: types, and a table of the operations. */
import openapiTS, { astToString } from 'openapi-typescript';

type Parameter = { readonly in: string; readonly name: string };
interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}

const HEADER =
  '// Generated from openapi.json by `npm run generate:client`: change the declarations instead.\n\n';

/** Texts of the files in `src/generated`, by name. @throws Error when two parameters of an operation share a name */
export async function generateClient(document: Document): Promise<Record<'api.ts' | 'table.ts', string>> {
  const types = await openapiTS(JSON.stringify(document), { alphabetize: false, defaultNonNullable: false });
  return { 'api.ts': HEADER + astToString(types), 'table.ts': HEADER + tableOf(document) };
}

function tableOf({ paths }: Document): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => rowOf(path, method, operation)),
  );
  return `export const TABLE = {\n${rows.join('')}} as const;\n`;
}

function rowOf(path: string, method: string, { operationId, parameters = [] }: OperationObject): string {
  const names = (place: string) => parameters.filter((one) => one.in === place).map(({ name }) => name);
  const [inPath, inQuery] = [names('path'), names('query')];
  const own = [...inPath, ...inQuery, 'body', 'idempotencyKey', 'signal'];
  if (new Set(own).size < own.length) throw new Error(`${operationId}: two of ${own} have one name`);
  const row = { method, path, inPath, inQuery };
  return `  ${operationId}: ${JSON.stringify(row)},\n`;
}
