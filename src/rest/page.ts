/**
 * Lists that come in pages, as in the official SDK: await one page, or iterate
 * over all items.
 *
 * @module
 */

/** One page of a list. Iterating it goes on to the pages after it. */
export interface Page<T> {
  /** The items of this page. */
  data: T[];
  /** Whether the server has more. */
  has_more: boolean;
  /** Whether {@linkcode Page.getNextPage} may be called. */
  hasNextPage(): boolean;
  /**
   * Goes on.
   *
   * @returns The page after this one.
   * @throws {RangeError} If there is none.
   */
  getNextPage(): Promise<Page<T>>;
  /** All items from this page on. */
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

/** A promise of the first page that can be iterated itself. */
export interface PagePromise<T> extends Promise<Page<T>>, AsyncIterable<T> {}

/** What the server sends. */
export interface PageBody<T> {
  /** The items. */
  data?: T[] | null;
  /** The items, as Azure's older API names them. */
  value?: T[] | null;
  /** Absent on servers that send all at once. */
  has_more?: boolean | null;
}

class CursorPage<T extends { id: string }> implements Page<T> {
  readonly data: T[];
  readonly has_more: boolean;
  readonly #fetchAfter: (id: string) => Promise<CursorPage<T>>;

  constructor(
    body: PageBody<T>,
    fetchAfter: (id: string) => Promise<CursorPage<T>>,
  ) {
    const items = body.data ?? body.value;
    this.data = Array.isArray(items) ? items : [];
    this.has_more = body.has_more ?? false;
    this.#fetchAfter = fetchAfter;
  }

  hasNextPage(): boolean {
    return this.has_more && this.data.length > 0;
  }

  async getNextPage(): Promise<CursorPage<T>> {
    const last = this.data.at(-1);
    if (!last || !this.has_more) {
      throw new RangeError("There is no next page: this is the last one");
    }
    return await this.#fetchAfter(last.id);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const seen = new Set<string>();
    // deno-lint-ignore no-this-alias
    let page: CursorPage<T> = this;
    while (true) {
      yield* page.data;
      const cursor = page.data.at(-1)?.id;
      // A server that ignores `after` would send its first page for ever.
      if (!page.hasNextPage() || !cursor || seen.has(cursor)) return;
      seen.add(cursor);
      page = await page.getNextPage();
    }
  }
}

/**
 * Opens a list.
 *
 * @param fetchPage Fetches the page after an id, or the first one.
 * @returns The first page, or all items.
 */
export function openList<T extends { id: string }>(
  fetchPage: (after: string | undefined) => Promise<PageBody<T>>,
): PagePromise<T> {
  const open = async (after?: string): Promise<CursorPage<T>> =>
    new CursorPage(await fetchPage(after), open);
  const first = open();
  return Object.assign(first, {
    async *[Symbol.asyncIterator](): AsyncGenerator<T> {
      yield* await first;
    },
  });
}
