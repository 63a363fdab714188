/**
 * Reading a request's body under a limit, whatever the client says about it.
 *
 *     socket ──▶ request ──▶ (decompression) ──▶ counted chunks ──▶ parser
 *
 * The limit holds for the bytes that arrive and for those that come out of decompression, so neither a
 * missing Content-Length nor a zip bomb gets past it, and no more than a chunk is held here.
 *
 * A refused body is read on and thrown away for a moment before the answer is given: closing a connection
 * on a client that is still sending makes many of them report a broken connection and never read the
 * answer. Whoever sends on after that moment is cut off.
 */
import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Response } from 'express';
import { ProblemError } from './problem.ts';

export interface BodyRules {
  /** Accepted content types, in lower case and without parameters. */
  readonly types: readonly string[];
  readonly limitBytes: number;
}

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
} as const;

const DISCARD_MS = 1_000;
const DISCARD_BYTES = 16 * 1024 * 1024;

/** The media type of the body, in lower case and without parameters; '' when there is none. */
export function mediaType(req: IncomingMessage): string {
  return (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * The decompressed body in chunks.
 *
 * @throws ProblemError UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, INVALID_REQUEST (broken compression)
 */
export async function* bodyChunks(
  req: IncomingMessage & { res?: Response | undefined },
  rules: BodyRules,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    refuseUnreadable(req, rules);
    yield* counted(decoded(req), rules.limitBytes);
  } finally {
    // Also when the reader has had enough.
    await discardRest(req);
  }
}

/** The whole body. Throws what `bodyChunks` throws. */
export async function wholeBody(req: IncomingMessage, rules: BodyRules): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(req, rules)) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

function refuseUnreadable(req: IncomingMessage, { types, limitBytes }: BodyRules): void {
  const type = mediaType(req);
  if (!types.includes(type)) {
    const given =
      type === '' ? 'The request names no content type.' : 'The content type is not one that is read here.';
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', given, {
      fix: `Send Content-Type: ${types.join(' or ')}.`,
    });
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(req.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', 'The charset is not UTF-8.', { fix: 'Send UTF-8.' });
  }
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
}

/** The request itself, or its decompression. */
function decoded(req: IncomingMessage): AsyncIterable<Buffer> {
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  // Not destroyed when the reader gives up: the answer still has to go out on the same socket.
  if (encoding === 'identity') return req.iterator({ destroyOnReturn: false });
  const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding as keyof typeof DECODERS] : undefined;
  if (!create) {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', 'The content encoding is not one that is read here.', {
      fix: 'Send the body as it is, or with Content-Encoding gzip, deflate, br or zstd.',
    });
  }
  const decoder = create();
  req.once('error', (error) => decoder.destroy(error));
  req.pipe(decoder);
  return decompressed(req, decoder);
}

async function* decompressed(req: IncomingMessage, decoder: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* decoder;
  } catch (error) {
    // The client hung up, which is not its compression's fault.
    if (req.destroyed && !req.complete) throw error;
    throw new ProblemError('INVALID_REQUEST', 'The compressed body is broken.', {
      fix: 'Check that Content-Encoding names how the body is compressed, and that it is complete.',
    });
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    yield chunk;
  }
}

function tooLarge(limitBytes: number): ProblemError {
  return new ProblemError(
    'BODY_TOO_LARGE',
    `The body is larger than ${limitBytes.toLocaleString('en')} bytes.`,
    {
      fix: 'Send less at once, and keep large data elsewhere: a payload can hold a reference to it.',
    },
  );
}

/** Reads what is still coming into nothing, for a moment; then the connection ends with the answer. */
async function discardRest(req: IncomingMessage & { res?: Response | undefined }): Promise<void> {
  if (req.complete || req.destroyed) return;
  req.unpipe();
  let bytes = 0;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, DISCARD_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DISCARD_BYTES) done();
    });
    req.once('end', done).once('close', done).once('error', done);
    req.resume();
  });
  if (!req.complete && req.res && !req.res.headersSent) req.res.setHeader('connection', 'close');
}
