/** Where each operation is, and which of its parameters go where. */
interface Parameter {
  readonly in: string;
  readonly name: string;
}
interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}

/** A row for each operation, as TypeScript. @throws Error when two parameters of an operation share a name */
export function tableOf({ paths }: Document): string {
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
  return `  ${operationId}: ${JSON.stringify({ method, path, inPath, inQuery })},\n`;
}
