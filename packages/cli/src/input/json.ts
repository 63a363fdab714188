import { InvalidArgumentError } from 'commander';

/** Any JSON. @throws InvalidArgumentError */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON (${(error as Error).message}). Put it in single quotes.`);
  }
}
