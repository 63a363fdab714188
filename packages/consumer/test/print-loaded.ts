/** Loads each handlers file named on the command line, and prints what became of it: Jest's own loader is not Node's. */
import { loadHandlers } from '../src/load-handlers.ts';

for (const file of process.argv.slice(2)) {
  // On a busy machine those that come to an end may take seconds.
  const loaded = await loadHandlers(file, file.includes('never-ends') ? 500 : 60_000);
  const types = loaded.outcome === 'loaded' ? Object.keys(loaded.handlers) : [];
  console.log(JSON.stringify({ file, types, ...loaded }));
}
