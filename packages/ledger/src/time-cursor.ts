/** Cursors of lists that are ordered by a time and then a key. */
export interface TimePlace {
  readonly at: Date;
  readonly key: string;
}

export function writeTimeCursor({ at, key }: TimePlace): string {
  return Buffer.from(`${at.toISOString()} ${key}`).toString('base64url');
}

/** Undefined for what is no cursor. */
export function readTimeCursor(cursor = ''): TimePlace | undefined {
  const [iso = '', key = ''] = Buffer.from(cursor, 'base64url').toString().split(' ', 2);
  const at = new Date(iso);
  return Number.isNaN(at.valueOf()) || key === '' ? undefined : { at, key };
}
