import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { usage } from '../failure.ts';

/** The bytes of a file, or of standard input for "-". */
export function openSource({ stdin }: Pick<Context, 'stdin'>, path: string): AsyncIterable<Uint8Array> {
  return path === '-' ? stdin : readable(path);
}

/** All of a file, or of standard input for "-", as text. */
export async function readSource({ stdin }: Pick<Context, 'stdin'>, path: string): Promise<string> {
  if (path !== '-') return readFile(path, 'utf8').catch((error) => unreadable(path, error));
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function* readable(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (error) {
    unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw usage(
    `${path} cannot be read (${code}).`,
    'Give the path of a readable file, or - for standard input.',
  );
}
