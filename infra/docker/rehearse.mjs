/**
 * Runs the steps of the Dockerfile without Docker: each stage is a folder, FROM and COPY copy, RUN runs in a shell. What it
 * cannot show is the base image and the user; what it does show is that the lockfile, the pruned workspace, the generated
 * client and the production dependencies fit together, and how big they are. Needs the npm registry.
 *
 *   node infra/docker/rehearse.mjs services/consumer /tmp/rehearsal
 *   node infra/docker/rehearse.mjs packages/cli /tmp/rehearsal cli
 *
 * Prints the last stage's folder, size, environment and command as JSON.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const [part = 'services/dispatcher', out = '/tmp/fairlead-rehearsal', target = 'service'] =
  process.argv.slice(2);

/** Instructions as [word, rest], with continued lines joined and comments left out. */
function instructionsOf(text) {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^(\w+)\s+(.*)$/.exec(line.trim()).slice(1));
}

const stages = new Map();
let stage;
steps: for (const [word, rest] of instructionsOf(readFileSync(join(repository, 'Dockerfile'), 'utf8'))) {
  const expand = (text) =>
    text.replaceAll(/\$\{?(\w+)\}?/g, (all, name) => stage.arguments[name] ?? stage.env[name] ?? all);
  switch (word) {
    case 'FROM': {
      const [, from, name] = /^(\S+) AS (\S+)$/.exec(rest);
      if (stage?.name === target) break steps;
      const parent = stages.get(from);
      const root = resolve(out, name);
      rmSync(root, { recursive: true, force: true });
      mkdirSync(root, { recursive: true });
      if (parent !== undefined) copy(parent.root, root);
      stage = { name, root, workdir: parent?.workdir ?? '/', env: { ...parent?.env }, arguments: {} };
      stages.set(name, stage);
      break;
    }
    case 'ARG':
      stage.arguments[rest.split('=')[0]] = part;
      break;
    case 'ENV':
      for (const pair of rest.split(' ')) stage.env[pair.split('=')[0]] = pair.slice(pair.indexOf('=') + 1);
      break;
    case 'WORKDIR':
      stage.workdir = expand(rest);
      mkdirSync(inStage(stage.workdir), { recursive: true });
      break;
    case 'COPY': {
      const [, from, source, to] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(rest);
      const destination = inStage(join(stage.workdir, to));
      if (from === undefined) copyRepository(destination);
      else
        copy(
          join(stages.get(from).root, source),
          source.endsWith('/') ? destination : join(destination, basename(source)),
        );
      break;
    }
    case 'RUN': {
      const started = Date.now();
      const options = {
        cwd: inStage(stage.workdir),
        env: { ...process.env, NODE_OPTIONS: '', ...stage.env, ...stage.arguments },
        stdio: ['ignore', 'ignore', 'inherit'],
      };
      execFileSync('/bin/sh', ['-c', rest], options);
      console.error(`${stage.name}: ${rest.slice(0, 90)} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      break;
    }
    case 'CMD':
    case 'ENTRYPOINT':
      stage.command = JSON.parse(rest);
      break;
  }
}

const { root, workdir, env, command } = stage;
const [bytes] = execFileSync('du', ['-sb', root], { encoding: 'utf8' }).split('\t');
console.log(
  JSON.stringify({ folder: inStage(workdir), megabytes: Math.round(bytes / 1e6), env, command, root }),
);

function inStage(path) {
  return join(stage.root, path);
}

function copy(from, to) {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, force: true });
}

/** The build context: what git knows, less .dockerignore. */
function copyRepository(to) {
  const options = { cwd: repository, encoding: 'utf8', maxBuffer: 1e8 };
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], options);
  const isIgnored = ignoring(readFileSync(join(repository, '.dockerignore'), 'utf8'));
  for (const file of files.split('\n')) {
    if (file === '' || isIgnored(file) || !existsSync(join(repository, file))) continue;
    cpSync(join(repository, file), join(to, file), { recursive: true });
  }
}

/** The patterns that .dockerignore uses: the last one that fits wins, and a folder stands for all in it. */
function ignoring(text) {
  const rules = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line
        .replace(/^!/, '')
        .replaceAll('.', '\\.')
        .replaceAll('**/', '\0')
        .replaceAll('*', '[^/]*')
        .replaceAll('\0', '(?:.*/)?');
      return { fits: new RegExp(`^${pattern}(?:/.*)?$`), ignored: !line.startsWith('!') };
    });
  return (file) => rules.findLast(({ fits }) => fits.test(file))?.ignored ?? false;
}
