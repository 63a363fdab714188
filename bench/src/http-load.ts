/** A plain HTTP client that keeps its connections: cheaper than `fetch`, so that less of what is measured is the client. */
import { Agent, request } from 'node:http';

export interface Sent {
  readonly seconds: number;
  /** Of each request, ascending. */
  readonly milliseconds: readonly number[];
}

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends all posts with so many under way, each on a connection of its own that is kept.
 *
 * @throws Error when an answer's status is not `status`, or `check` throws
 */
export async function sendAll(
  posts: readonly Post[],
  underWay: number,
  status: number,
  check: (answer: string) => void = () => {},
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: underWay });
  const rest = posts.values();
  const milliseconds: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: underWay }, async () => {
      for (const post of rest) {
        const sentMs = performance.now();
        const answer = await send(agent, post);
        milliseconds.push(performance.now() - sentMs);
        if (answer.status !== status)
          throw new Error(`${answer.status} instead of ${status}: ${answer.text}`);
        check(answer.text);
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  agent.destroy();
  return { seconds, milliseconds: milliseconds.sort((a, b) => a - b) };
}

function send(
  agent: Agent,
  { url, body, headers: own }: Post,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { ...own, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
