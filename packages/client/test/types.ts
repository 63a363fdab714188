/** Checked by the compiler: what the types of the client allow, and what they do not. */
import { createClient, type Schemas } from '../src/index.ts';

export async function typed(): Promise<void> {
  const client = createClient({ url: 'http://127.0.0.1', apiKey: undefined });
  const job = { type: 'email.send', payload: { to: 'ada@example.com' } };

  const added = await client.addJob({ workspace: 'acme', body: job, idempotencyKey: 'k' });
  if ('duplicate' in added) added.duplicate satisfies true;
  else added.position satisfies number | null;
  (await client.listWorkspaces()).workspaces satisfies Schemas['Workspace'][];
  (await client.revokeKey({ prefix: 'a1' })) satisfies undefined;
  (await client.getMetrics()) satisfies string;
  for await (const one of client.each('listJobs', { workspace: 'acme', state: 'dead' }))
    one satisfies Schemas['Job'];

  // @ts-expect-error: no body
  await client.addJob({ workspace: 'acme' });
  // @ts-expect-error: no id
  await client.getJob({ workspace: 'acme' });
  // @ts-expect-error: not for this operation
  await client.getJob({ workspace: 'acme', id: '1', idempotencyKey: 'k' });
  // @ts-expect-error: no such state
  await client.listJobs({ workspace: 'acme', state: 'lost' });
  // @ts-expect-error: nothing to page through
  client.each('getJob', { workspace: 'acme', id: '1' });
}
