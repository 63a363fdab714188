/** What a variable of the environment says; `fallback` when it is not set or empty. Throws when it is no whole number. */
export function wholeNumber(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const value = env[name];
  if (value === undefined || value === '') return fallback;
  if (!/^\d+$/.test(value)) throw new Error(`${name} must be a whole number, and is ${value}`);
  return Number(value);
}
