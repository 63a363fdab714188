/** `npm start`, once everything is installed: reads the flags, brings the stack up, replays, serves, takes it down. */
import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseCommandLine } from '../setup/flags.mjs';
import { readConfig } from './config.ts';
import { runStart } from './start.ts';

const parsed = parseCommandLine(['start', ...process.argv.slice(2)]);
if (parsed.outcome === 'help') {
  process.stdout.write(parsed.text);
} else if (parsed.outcome !== 'start') {
  process.stderr.write(`${parsed.outcome === 'wrong' ? parsed.message : ''} See npm start -- --help.\n`);
  process.exitCode = 2;
} else {
  const config = readConfig(process.env, { replay: parsed.flags.demo });
  const unwritable = parsed.flags.jsonFile === undefined ? undefined : whyUnwritable(parsed.flags.jsonFile);
  if (unwritable !== undefined) {
    process.stderr.write(`${unwritable}\n`);
    process.exitCode = 2;
  } else if (config.outcome === 'ok') {
    process.exitCode = await runStart(parsed.flags, config.config);
  } else {
    process.stderr.write(`${config.message}\n`);
    process.exitCode = 2;
  }
  // The IPC channel of the bootstrap would keep an ended program alive.
  if (process.connected) process.disconnect();
}

/** Said before the minute-long replay, and not after it. */
function whyUnwritable(file: string): string | undefined {
  const folder = dirname(resolve(file));
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch {
    return `--json cannot write ${file}: the folder ${folder} is not there or not writable. Name another file.`;
  }
}
