import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FaultProxy, faultProxy, waitFor } from '../src/index.ts';

let echo: Server;
let proxy: FaultProxy;
let seen: string;
const clients: Socket[] = [];

beforeEach(async () => {
  seen = '';
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      seen += bytes;
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await faultProxy({ port: (echo.address() as AddressInfo).port, seed: 7 });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

/** A connection through the proxy that is known to work. */
async function client() {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  const got = { text: '', ended: false, error: '' };
  socket.on('data', (bytes) => {
    got.text += bytes;
  });
  socket.on('end', () => {
    got.ended = true;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    got.error = String(error.code);
  });
  await once(socket, 'connect');
  const ask = async (text: string) => {
    socket.write(text);
    await waitFor(() => got.text.endsWith(text), { what: `${text} is answered` });
  };
  await ask('hello ');
  return { socket, got, ask };
}

test('what is sent passes, both ways', async () => {
  const { got, ask } = await client();
  await ask('world');
  expect(got.text).toBe('hello world');
  expect(proxy.counts()).toMatchObject({ connections: 1, heldChunks: 0, delayedChunks: 0 });
});

test('a URL through the proxy keeps all but its place', () => {
  expect(proxy.through('postgresql://me:secret@localhost:5432/mine?x=1')).toBe(
    `postgresql://me:secret@127.0.0.1:${proxy.port}/mine?x=1`,
  );
});

test('silence holds everything until it is over, and then all of it arrives in order', async () => {
  const { socket, got } = await client();
  proxy.silence();
  socket.write('one ');
  await waitFor(() => proxy.counts().heldChunks === 1, { what: 'it is held' });
  socket.write('two');
  await waitFor(() => proxy.counts().heldChunks === 2, { what: 'both are held' });
  expect(seen).toBe('hello ');
  proxy.pass();
  await waitFor(() => got.text === 'hello one two', { what: 'it arrives' });
});

test('silence towards the server lets answers through; what it holds dies with its connection', async () => {
  const { socket, got } = await client();
  proxy.silence('to_server');
  socket.write('never');
  await waitFor(() => proxy.counts().heldChunks === 1, { what: 'it is held' });
  proxy.reset();
  await waitFor(() => got.error === 'ECONNRESET', { what: 'the client is told' });
  expect(proxy.counts()).toMatchObject({ resets: 1, lostChunks: 1 });
  proxy.pass();
  await client();
  expect(seen).toBe('hello hello ');
});

test('delay lets everything arrive, late and in order', async () => {
  const { socket, got } = await client();
  proxy.delay(30);
  const sentMs = performance.now();
  socket.write('late');
  await waitFor(() => got.text === 'hello late', { what: 'it arrives', everyMs: 1 });
  expect(performance.now() - sentMs).toBeGreaterThan(55);
  expect(proxy.counts().delayedChunks).toBe(2);
});

test('a half-closed connection ends towards the client, and what that still sends goes nowhere', async () => {
  const { socket, got } = await client();
  proxy.halfClose();
  await waitFor(() => got.ended, { what: 'the client sees the end' });
  socket.write('into the void');
  await client();
  expect(seen).toBe('hello hello ');
  expect(proxy.counts().halfCloses).toBe(1);
});

test('a share of the answers is lost after the server has seen the request', async () => {
  proxy.dropAnswers(0.5);
  let lost = 0;
  for (let n = 0; n < 40; n++) {
    const socket = connect({ port: proxy.port, host: '127.0.0.1' });
    clients.push(socket);
    const answered = new Promise<boolean>((resolve) => {
      socket.on('data', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    socket.write('x');
    if (!(await answered)) lost++;
  }
  expect(seen).toBe('x'.repeat(40));
  expect(proxy.counts()).toMatchObject({ answers: 40, droppedAnswers: lost });
  expect(lost).toBeGreaterThan(5);
  expect(lost).toBeLessThan(35);
});
