/** Secrets as make-secrets.sh makes them, and what each service makes of an environment that names them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf, ROOT, type Service, variablesOf } from './repository.ts';

/** A folder with all secrets, for this test run. */
export function makeSecrets(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'fairlead-secrets-')), 'secrets');
  execFileSync('/bin/sh', [join(ROOT, 'infra/docker/make-secrets.sh'), folder], { stdio: 'ignore' });
  return folder;
}

/** What is wrong with an environment: what the service refuses, and what it does not know. `mounts`: path there → file here. */
export async function wrongWithEnvironment(
  service: Service,
  env: Readonly<Record<string, string>>,
  mounts: (path: string) => string | undefined,
): Promise<string[]> {
  const image = { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '8080' };
  const problems: string[] = [];
  const here: Record<string, string> = { ...image };
  for (const [name, value] of Object.entries(env)) {
    const isFile = name.endsWith('_FILE');
    const file = isFile ? mounts(value) : undefined;
    if (isFile && file === undefined) problems.push(`${name}: nothing is mounted at ${value}`);
    here[name] = file ?? value;
  }
  const known = variablesOf(service);
  problems.push(
    ...Object.keys(env)
      .filter((name) => !known.has(name))
      .map((name) => `${service} knows no ${name}`),
  );
  const read = (await configOf(service))(here);
  return read.outcome === 'invalid' ? [...problems, ...read.problems] : problems;
}
