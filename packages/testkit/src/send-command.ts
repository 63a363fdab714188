import { connect } from 'node:net';

/** Sends one command to a Redis on loopback, over a connection of its own; gives the raw answer. */
export function sendCommand(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    // A server that is killed just now may end the connection without an answer.
    socket.once('close', () => reject(new Error('the connection ended without an answer')));
    socket.once('data', (answer) => {
      resolve(answer.toString());
      socket.destroy();
    });
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}`);
  });
}
