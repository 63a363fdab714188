/** A small service with bad habits, chosen by FAKE_HABIT. Writes when it started and ended to FAKE_JOURNAL. */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const habit = process.env.FAKE_HABIT ?? '';
const name = process.env.FAKE_NAME ?? 'fake';
const note = (what: string) => {
  if (process.env.FAKE_JOURNAL) appendFileSync(process.env.FAKE_JOURNAL, `${what} ${name}\n`);
};

if (habit === 'fails at start') {
  console.log(JSON.stringify({ level: 50, msg: 'DATABASE_URL is missing' }));
  process.exit(1);
}

const server = createServer((request, response) => {
  if (request.url === '/crash') {
    console.error('Error: out of cheese');
    process.exit(7);
  }
  if (request.url === '/warn') console.log(JSON.stringify({ level: 40, msg: 'the milk is sour' }));
  const ready = habit !== 'never ready';
  response.writeHead(ready ? 200 : 503, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ pid: process.pid, detail: ready ? '' : 'Redis does not answer' }));
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  note('start');
  console.log(JSON.stringify({ level: 30, msg: 'listening', url: `http://127.0.0.1:${port}` }));
});

process.on('SIGTERM', () => {
  if (habit === 'does not stop') return;
  note('stop');
  process.exit(0);
});
