import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type HandlerMap, handlerProblems } from './handlers.ts';

export type LoadedHandlers =
  | { readonly outcome: 'loaded'; readonly handlers: HandlerMap; readonly from: string }
  /** What is wrong, in words for whoever wrote the file. */
  | { readonly outcome: 'failed'; readonly reason: string };

/** A file whose top level never comes to an end must not leave a process that neither runs nor fails. */
const LOAD_TIMEOUT_MS = 30_000;

/**
 * Loads the handlers that a file exports as its default.
 *
 * @param file a path, relative to the working directory, or a file: URL
 */
export async function loadHandlers(file: string, timeoutMs = LOAD_TIMEOUT_MS): Promise<LoadedHandlers> {
  const path = file.startsWith('file:') ? fileURLToPath(file) : resolve(file);
  const failed = (reason: string): LoadedHandlers => ({
    outcome: 'failed',
    reason: `FAIRLEAD_HANDLERS: ${reason}`,
  });

  const isFile = await stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!isFile) return failed(`there is no file ${path}`);

  let module: { readonly default?: unknown };
  try {
    module = await within(import(pathToFileURL(path).href), timeoutMs);
  } catch (error) {
    return failed(`${path} failed to load: ${describe(error)}`);
  }
  if (module.default === undefined) {
    return failed(`${path} has no default export; write \`export default defineHandlers({ … })\``);
  }
  const problems = handlerProblems(module.default);
  if (problems.length > 0)
    return failed(`the default export of ${path} is not usable: ${problems.join('; ')}`);
  return { outcome: 'loaded', handlers: module.default as HandlerMap, from: path };
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const what = `its top level did not come to an end within ${timeoutMs / 1_000} s`;
    timer = setTimeout(() => reject(new Error(what)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The message and, where the stack names one, the place. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = error.stack?.split('\n') ?? [];
  // TypeScript that cannot be parsed has its place above the message, and no frame of its own.
  const place =
    lines.find((line) => line.trimStart().startsWith('at ') && line.includes('file://')) ??
    (/:\d+$/.test(lines[0] ?? '') ? `at ${lines[0]}` : undefined);
  return place === undefined
    ? `${error.name}: ${error.message}`
    : `${error.name}: ${error.message} (${place.trim()})`;
}
