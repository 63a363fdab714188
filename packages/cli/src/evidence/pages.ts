export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

const PAGE = 500;

/** The pages of a list, from the newest; whoever has seen enough stops. */
export async function* pagesOf<Page extends { readonly nextCursor: string | null }>(
  ask: (query: PageQuery) => Promise<Page>,
): AsyncGenerator<Page> {
  let cursor: string | null = null;
  do {
    const page: Page = await ask({ limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
