import { createServer } from 'node:http';

const { GREETING = 'nothing' } = process.env;
const server = createServer((_, response) => response.end(GREETING));
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as { port: number };
  console.log('a line that is not JSON');
  console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${address.port}` }));
});
process.once('SIGTERM', () => {
  console.log('leaving');
  process.exit(3);
});
