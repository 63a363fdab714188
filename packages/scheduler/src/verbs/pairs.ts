/** A script's flat list of names and values, two by two. */
export function pairs<T>(flat: readonly (string | T)[]): [string, T][] {
  const result: [string, T][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i] as string, flat[i + 1] as T]);
  return result;
}
