/** A dispatcher whose jobs all finish at once, unless the test wants otherwise: enough to replay against. */
import { createServer, type IncomingMessage, type Server } from 'node:http';

interface FakeJob {
  workspace: string;
  id: string;
  state: string;
  createdAt: string;
  startedAt: string;
  finishedAt: string;
}

export interface FakeDispatcher {
  readonly url: string;
  readonly settings: Map<string, unknown>;
  readonly jobs: Map<string, FakeJob>;
  /** Called for every new job; may change it, or refuse it by giving a status. */
  onJob: (job: FakeJob, index: number) => number | undefined;
  close(): Promise<void>;
}

export async function startFakeDispatcher(): Promise<FakeDispatcher> {
  const settings = new Map<string, unknown>();
  const jobs = new Map<string, FakeJob>();
  const add = (workspace: string) => {
    const now = new Date().toISOString();
    const job = {
      workspace,
      id: `j${jobs.size}`,
      state: 'succeeded',
      createdAt: now,
      startedAt: now,
      finishedAt: now,
    };
    const refusal = fake.onJob(job, jobs.size);
    if (refusal !== undefined) return { status: refusal, problem: { code: 'REDIS_REFUSED', detail: 'no' } };
    jobs.set(`${workspace}/${job.id}`, job);
    return { status: 202, id: job.id, state: 'waiting', position: 1 };
  };
  const answer = (
    method: string,
    path: string,
    body: unknown,
  ): { status: number } & Record<string, unknown> => {
    const [, workspace = '', id] = /^\/v1\/workspaces\/([^/?]+)(?:\/jobs(?:\/([^/]+))?)?$/.exec(path) ?? [];
    if (method === 'PATCH') {
      settings.set(workspace, body);
      return { status: 200, name: workspace };
    }
    if (method === 'POST') {
      if (path !== '/v1/jobs:batch') return add(workspace);
      return { status: 207, results: (body as { workspace: string }[]).map((job) => add(job.workspace)) };
    }
    if (path.startsWith('/v1/workspaces?')) {
      const counts = { waiting: 0, active: 0, delayed: 0, dead: 0 };
      const listed = [...settings.keys()].map((name) => ({ name, counts }));
      return { status: 200, workspaces: listed };
    }
    const job = jobs.get(`${workspace}/${id}`);
    return job === undefined ? { status: 404, code: 'JOB_NOT_FOUND' } : { status: 200, ...job };
  };
  const server: Server = createServer(async (request, response) => {
    const { status, ...rest } = answer(request.method ?? '', request.url ?? '', await readBody(request));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(rest));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const fake: FakeDispatcher = {
    url: `http://127.0.0.1:${port}`,
    settings,
    jobs,
    onJob: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
}
