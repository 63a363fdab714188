/**
 * The rows of a table in CSV (RFC 4180): cells between commas, trimmed; one in quotes may hold commas, line breaks and,
 * doubled, quotes. Empty lines are left out, and so is a byte order mark.
 */
export function csvRows(text: string): string[][] {
  const whole = text.replace(/^\ufeff/, '');
  // Most tables have no quotes, and splitting is many times faster.
  if (!whole.includes('"')) {
    return whole
      .split(/\r?\n/)
      .flatMap((line) => (line.trim() === '' ? [] : [line.split(',').map((cell) => cell.trim())]));
  }
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of whole.matchAll(
    /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^,\r\n]*))(,|\r?\n|$)/g,
  )) {
    row.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
