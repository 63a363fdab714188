/**
 * A collector of spans over OTLP (http/protobuf), as Jaeger and Honeycomb take them: what a test reads from it went over
 * a socket and was decoded from the bytes that came.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type AnyValue, type KeyValue, type Messages, otlpMessages, type WireSpan } from './schema.ts';

export type AttributeValue = string | number | boolean | readonly AttributeValue[] | undefined;
export type ReceivedAttributes = Readonly<Record<string, AttributeValue>>;

export interface ReceivedSpan {
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'UNSPECIFIED';
  /** Ids in hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: ReceivedAttributes;
  readonly links: readonly { traceId: string; spanId: string; attributes: ReceivedAttributes }[];
  readonly events: readonly { name: string; attributes: ReceivedAttributes }[];
  readonly status: { readonly code: string; readonly message: string };
  readonly resource: ReceivedAttributes;
  readonly scope: string;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** All that it accepted, in the order of arrival; what was sent twice is there twice. */
  spans(): readonly ReceivedSpan[];
  /** All requests, refused ones too. */
  requests(): readonly {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly status: number;
  }[];
  /** All that it accepted, as text, to look for what must not be there. */
  rawText(): string;
  /** How it answers from now on; at first `take`. */
  answer(how: Answer): void;
  /** From now on a request with a span of this name is 400, whatever else it has; undefined: no more. */
  refuse(name: string | undefined): void;
  /** Forgets what came. */
  clear(): void;
  /** Nobody listens there any more. Resolves when all connections are over. */
  close(): Promise<void>;
}

/** `reject_one`: success, but for one of the spans. `take_and_drop`: takes the spans, and the answer is lost. */
export type Answer = 'take' | 'unavailable' | 'bad_request' | 'reject_one' | 'take_and_drop';

const STATUS = {
  take: 200,
  unavailable: 503,
  bad_request: 400,
  reject_one: 200,
  take_and_drop: 200,
} as const;

/** @param port of a collector that was there before; default: any that is free */
export async function otlpReceiver(port = 0): Promise<OtlpReceiver> {
  const messages = otlpMessages();
  let how: Answer = 'take';
  let refused: string | undefined;
  let spans: ReceivedSpan[] = [];
  let texts: string[] = [];
  let requests: { path: string; headers: IncomingHttpHeaders; status: number }[] = [];

  const server = createServer((req, res) => {
    void bodyOf(req).then((body) => {
      const path = req.url ?? '';
      const isTraces = path === '/v1/traces' && req.headers['content-type'] === 'application/x-protobuf';
      const isRefused = refused !== undefined && decode(messages, body).some(({ name }) => name === refused);
      const status = !isTraces ? 404 : isRefused ? STATUS.bad_request : STATUS[how];
      requests.push({ path, headers: req.headers, status });
      if (status === 200) {
        spans.push(...decode(messages, body));
        texts.push(body.toString('latin1'));
      }
      if (how === 'take_and_drop') return res.destroy();
      const rejected = how === 'reject_one' ? 1 : 0;
      res.writeHead(status, { 'content-type': 'application/x-protobuf' });
      return res.end(status === 200 ? messages.encodeResponse(rejected, 'one too many') : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    requests: () => requests,
    rawText: () => texts.join('\n'),
    answer(next) {
      how = next;
    },
    refuse(name) {
      refused = name;
    },
    clear() {
      [spans, texts, requests] = [[], [], []];
    },
    close: () => closed(server),
  };
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function decode(messages: Messages, body: Buffer): ReceivedSpan[] {
  return (messages.decodeRequest(body).resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => toReceived(span, attributesOf(resource?.attributes), scope?.name ?? '')),
    ),
  );
}

function toReceived(span: WireSpan, resource: ReceivedAttributes, scope: string): ReceivedSpan {
  const parent = span.parentSpanId;
  return {
    name: span.name,
    kind: (span.kind ?? 'UNSPECIFIED') as ReceivedSpan['kind'],
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: parent === undefined || parent === '' ? undefined : hex(parent),
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
    attributes: attributesOf(span.attributes),
    links: (span.links ?? []).map((link) => ({
      traceId: hex(link.traceId),
      spanId: hex(link.spanId),
      attributes: attributesOf(link.attributes),
    })),
    events: (span.events ?? []).map(({ name, attributes }) => ({
      name,
      attributes: attributesOf(attributes),
    })),
    status: { code: span.status?.code ?? 'UNSET', message: span.status?.message ?? '' },
    resource,
    scope,
  };
}

function attributesOf(pairs: readonly KeyValue[] = []): ReceivedAttributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: AnyValue | undefined): AttributeValue {
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue;
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
