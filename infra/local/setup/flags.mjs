/**
 * The flags of `npm start` and `npm test`. Plain JavaScript without dependencies: the bootstrap reads them on whatever
 * Node the machine has, before anything is installed, so that a typing error costs nobody an installation.
 */

const START_HELP = `Usage: npm start [-- FLAGS]

Brings up a Fairlead cluster on this machine (PostgreSQL, Redis, dispatcher, consumer
replicas, controller, board), replays a sample of real multi-tenant traffic through it, and
serves until Ctrl-C. The controller starts and drains replicas; what it decides is told as
it decides it. Nothing but Node and npm is needed; the first start installs the rest.

  --no-demo      only serve, without the replay
  --once         end after the replay: exit code 0 if every job finished and service
                 was fair, else 1
  --json FILE    write the result of the replay to FILE (with the replay only)
  --help         this text

Environment
  REDIS_URL      use this Redis (7.0 or newer) and do not start a private one
  others         of .env.example go to the services: FAIRLEAD_POLICY, FAIRLEAD_TICK_MS,
                 OTEL_EXPORTER_OTLP_ENDPOINT …
`;

const TEST_HELP = `Usage: npm test

Lint, import law, type check and every test, on private servers of its own.
The last line is "N passed, N failed"; the exit code is 0 only if nothing failed.

  --help         this text
`;

/**
 * Parses what follows `npm start --` or `npm test --`.
 *
 * @param {string[]} args
 * @returns {import('./flags.d.mts').Parsed}
 */
export function parseCommandLine(args) {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h') {
    return { outcome: 'help', text: `${START_HELP}\n${TEST_HELP}` };
  }
  if (command !== 'start' && command !== 'test') return wrong(`There is no command "${command}".`);
  const help = command === 'start' ? START_HELP : TEST_HELP;
  if (rest.includes('--help') || rest.includes('-h')) return { outcome: 'help', text: help };
  if (command === 'test') {
    return rest.length === 0 ? { outcome: 'test' } : wrong(`npm test does not know "${rest[0]}".`);
  }
  return parseStart(rest);
}

/** @param {string[]} rest */
function parseStart(rest) {
  const flags = { demo: true, once: false, jsonFile: undefined };
  for (let at = 0; at < rest.length; at++) {
    const [name, inline] = split(rest[at]);
    if (name === '--no-demo' && inline === undefined) flags.demo = false;
    else if (name === '--once' && inline === undefined) flags.once = true;
    else if (name === '--json') {
      const file = inline ?? rest[++at];
      if (file === undefined || file === '' || file.startsWith('--'))
        return wrong('--json needs a file name.');
      flags.jsonFile = file;
    } else return wrong(`npm start does not know "${rest[at]}".`);
  }
  if (!flags.demo && flags.once)
    return wrong('--once ends after the replay, and --no-demo leaves the replay out.');
  if (!flags.demo && flags.jsonFile)
    return wrong('--json writes the result of the replay, and --no-demo leaves it out.');
  return { outcome: 'start', flags };
}

/** @param {string} argument */
function split(argument) {
  const equals = argument.indexOf('=');
  return argument.startsWith('--') && equals > 0
    ? [argument.slice(0, equals), argument.slice(equals + 1)]
    : [argument, undefined];
}

/** @param {string} message */
function wrong(message) {
  return { outcome: 'wrong', message };
}
