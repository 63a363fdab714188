/**
 * Brings the triggers and the board to a Honeycomb environment, through its public API. What is there under the same name is
 * brought up to date; nothing is ever deleted.
 *
 *   HONEYCOMB_API_KEY_FILE=key node dashboards/honeycomb/apply.mjs
 *
 * HONEYCOMB_API_KEY (or _FILE): a configuration key that may manage queries and columns, boards and triggers.
 * HONEYCOMB_API: the API's address, where it is not that of the United States.
 * HONEYCOMB_RECIPIENT: id of who is told; without one, triggers are seen on Honeycomb's page only.
 */
import { readFileSync } from 'node:fs';

const { env } = process;
const api = (env.HONEYCOMB_API ?? 'https://api.honeycomb.io').replace(/\/+$/, '');
const key = env.HONEYCOMB_API_KEY ?? readFileSync(env.HONEYCOMB_API_KEY_FILE ?? '/dev/null', 'utf8').trim();
if (key === '') {
  console.error('HONEYCOMB_API_KEY is not set, and no HONEYCOMB_API_KEY_FILE either.');
  process.exit(2);
}

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const recipients = env.HONEYCOMB_RECIPIENT === undefined ? [] : [{ id: env.HONEYCOMB_RECIPIENT }];

for (const { dataset, ...trigger } of read('triggers.json')) {
  await bring(`/1/triggers/${dataset}`, { ...trigger, recipients });
}

const { panels, ...board } = read('board.json');
const placed = [];
for (const [index, { name, dataset, query }] of panels.entries()) {
  const { id } = await ask('POST', `/1/queries/${dataset}`, query);
  const annotation = await ask('POST', `/1/query_annotations/${dataset}`, { name, query_id: id });
  placed.push({
    type: 'query',
    position: { x_coordinate: (index % 2) * 6, y_coordinate: Math.floor(index / 2) * 4, width: 6, height: 4 },
    query_panel: { query_id: id, query_annotation_id: annotation.id, query_style: 'graph' },
  });
}
await bring('/1/boards', { ...board, type: 'flexible', layout_generation: 'manual', panels: placed });

/** Creates it, or changes the one of the same name. */
async function bring(path, body) {
  const there = (await ask('GET', path)).find(({ name }) => name === body.name);
  if (there === undefined) await ask('POST', path, body);
  else await ask('PUT', `${path}/${there.id}`, body);
  console.log(`${there === undefined ? 'created' : 'updated'} ${body.name}`);
}

async function ask(method, path, body) {
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: { 'x-honeycomb-team': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}
