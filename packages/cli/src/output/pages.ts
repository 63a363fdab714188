import type { Context } from '../context.ts';
import { type Column, openTable } from './table.ts';

/** How a list's options select; as the options of `paged` parse. */
export interface PageOptions {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly all?: true | undefined;
  readonly json?: true | undefined;
}

export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

type Page<Name extends string, Row> = Readonly<Record<Name, readonly Row[]>> & {
  readonly nextCursor: string | null;
};

const LARGEST_PAGE = 500;

/**
 * Prints a list, page by page, so that a long one needs no more memory than a page. With --json it is one document in
 * the shape of a page of the API; `nextCursor` is where it ended.
 */
export async function showPages<Name extends string, Row>(
  { out, err }: Context,
  { limit, cursor, all, json }: PageOptions,
  name: Name,
  columns: readonly Column<Row>[],
  fetchPage: (query: PageQuery) => Promise<Page<Name, Row>>,
): Promise<void> {
  const print = openTable(out, columns);
  let next: string | null | undefined = cursor;
  let seen = 0;
  let separator = `{"${name}":[`;
  do {
    const size = limit ?? (all ? LARGEST_PAGE : undefined);
    const page: Page<Name, Row> = await fetchPage({
      ...(size === undefined ? {} : { limit: size }),
      ...(next == null ? {} : { cursor: next }),
    });
    const rows = page[name];
    if (json) {
      // Nothing is written before there is an answer: what failed as a whole prints nothing.
      for (const row of rows) {
        await out.write(`${separator}\n  ${JSON.stringify(row)}`);
        separator = ',';
      }
    } else if (rows.length > 0) {
      await out.write(print(rows));
    }
    seen += rows.length;
    next = page.nextCursor;
  } while (all && next !== null);
  if (json) await out.write(`${seen === 0 ? separator : '\n'}],"nextCursor":${JSON.stringify(next)}}\n`);
  else if (out.live && seen === 0) await err.write(err.paint('dim', 'None.\n'));
  else if (next !== null) await err.write(err.paint('dim', `There are more: --cursor ${next}, or --all.\n`));
}
