/**
 * Lists in pages, as in the official SDK: await one page, or iterate over all items.
 *
 * @module
 */

import { APIError, ConnectionError } from "../errors.ts";
import { isGone } from "./retry.ts";

/** One page of a list. Iterating it continues with the pages after it. */
export interface Page<T> {
  /** The items of this page. */
  data: T[];
  /** Whether the server has more. */
  has_more: boolean;
  /** Whether {@linkcode Page.getNextPage} may be called. */
  hasNextPage(): boolean;
  /**
   * Fetches the next page.
   *
   * @returns The page after this one.
   * @throws {RangeError} If there is none.
   */
  getNextPage(): Promise<Page<T>>;
  /** All items from this page on. */
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

/** A promise of the first page; it can also be iterated itself. */
export interface PagePromise<T> extends Promise<Page<T>>, AsyncIterable<T> {}

/** What the server sends. */
export interface PageBody<T> {
  /** The items. */
  data: T[];
  /** Absent on servers that send everything at once. */
  has_more?: boolean | null;
  /** Where to continue if the page itself is empty. */
  last_id?: unknown;
}

/** Where a page begins, and how long it is. */
export interface PageQuery {
  /** Items per page. */
  limit?: number | undefined;
  /** Continue after this id. */
  after?: string | undefined;
}

/** A list at a server. */
export interface ListSource<T> {
  /** Where the first page begins, and how long pages should be. */
  query: PageQuery | undefined;
  /** Its path. */
  path: string;
  /** The longest page the server is known to return, by path; kept up to date. */
  limits: Map<string, number>;
  /** What doesn't work on a server without this list. */
  missing: string;
  /** Fetches a page. */
  fetchPage(query: PageQuery): Promise<PageBody<T>>;
}

/** How many times a list is restarted because the item to continue after is gone. */
const RESTARTS = 3;

/** How many items of a page are tried as the place to continue after, the last one first. */
const PLACES = 3;

/** How many times a shorter page is requested. */
const SHORTER = 3;

/** One way through a list, from its first page on. */
interface Walk<T> {
  source: ListSource<T>;
  /** Where pages ended, and the number of the page. */
  ends: Map<string, number>;
  /** How many more times the list may be restarted. */
  restarts: number;
}

class CursorPage<T extends { id: string }> implements Page<T> {
  readonly data: T[];
  readonly has_more: boolean;
  readonly #walk: Walk<T>;
  readonly #number: number;
  /** Where the next page begins; undefined if unknown, or if this page was there before. */
  readonly #cursor: string | undefined;

  constructor(body: PageBody<T>, walk: Walk<T>, number: number) {
    const cursor = body.data.at(-1)?.id ?? textOf(body.last_id);
    const before = cursor === undefined ? undefined : walk.ends.get(cursor);
    // A server that ignores `after` would send its first page forever.
    const isRepeated = before !== undefined && before < number;
    if (cursor !== undefined && !isRepeated) walk.ends.set(cursor, number);
    this.data = isRepeated ? [] : body.data;
    // An empty page is the last one, whatever it says.
    this.has_more = cursor !== undefined && (body.has_more ?? false);
    this.#cursor = isRepeated ? undefined : cursor;
    this.#walk = walk;
    this.#number = number;
  }

  hasNextPage(): boolean {
    return this.has_more && this.#cursor !== undefined;
  }

  async getNextPage(): Promise<CursorPage<T>> {
    if (!this.hasNextPage()) {
      throw new RangeError("There is no next page: this is the last one");
    }
    const { source, restarts } = this.#walk;
    let lost: unknown;
    for (const after of this.#places) {
      try {
        const body = await fetchPage(source, { ...source.query, after });
        return new CursorPage(body, this.#walk, this.#number + 1);
      } catch (error) {
        if (!mayBeLost(error)) throw error;
        lost = error;
      }
    }
    if (restarts === 0) throw lostAgain(source, lost);
    return await openFirst(source, restarts - 1);
  }

  /** Where the next page may begin: if the last item was deleted meanwhile, the ones before it may be there. */
  get #places(): (string | undefined)[] {
    const before = this.data.slice(-PLACES, -1).map(({ id }) => id).reverse();
    return [this.#cursor, ...before];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const seen = new Set<string>();
    // deno-lint-ignore no-this-alias
    let page: CursorPage<T> = this;
    while (true) {
      for (const item of page.data) {
        if (!seen.has(item.id)) yield item;
        seen.add(item.id);
      }
      if (!page.hasNextPage()) return;
      page = await page.getNextPage();
    }
  }
}

/**
 * Opens a list. A page that ends where an earlier one did counts as empty and as the
 * last one; `has_more` still says that the server has more than it shows.
 */
export function openList<T extends { id: string }>(
  source: ListSource<T>,
): PagePromise<T> {
  const first = openFirst(source, RESTARTS);
  return Object.assign(first, {
    async *[Symbol.asyncIterator](): AsyncGenerator<T> {
      yield* await first;
    },
  });
}

async function openFirst<T extends { id: string }>(
  source: ListSource<T>,
  restarts: number,
): Promise<CursorPage<T>> {
  const body = await fetchPage(source, { ...source.query });
  return new CursorPage(body, { source, ends: new Map(), restarts }, 1);
}

/** Fetches a page no longer than the server allows. */
async function fetchPage<T>(
  source: ListSource<T>,
  query: PageQuery,
): Promise<PageBody<T>> {
  for (let tries = 0;; tries++) {
    const limit = shorter(query.limit, source.limits.get(source.path));
    try {
      return await source.fetchPage({ ...query, limit });
    } catch (error) {
      const isFirst = query.after === source.query?.after;
      if (isFirst && isWithoutList(error)) {
        throw withHint(error, source.missing);
      }
      // A refusal that broke off doesn't say what it is about.
      const isMute = isBadRequest(error) && /^4\d\d [({<]/.test(error.message);
      if (isMute && tries < SHORTER) continue;
      const most = longestPage(error, limit);
      if (most === undefined || tries === SHORTER) throw error;
      source.limits.set(source.path, most);
    }
  }
}

function shorter(
  limit: number | undefined,
  most: number | undefined,
): number | undefined {
  if (limit === undefined || most === undefined) return limit;
  return Math.min(limit, most);
}

/** The page length that a refusal allows, such as "Limit must be between 1 and 100". */
function longestPage(
  error: unknown,
  limit: number | undefined,
): number | undefined {
  if (!isBadRequest(error) || limit === undefined) return undefined;
  const { param, message } = error;
  const numbers = (message.slice(3).match(/\d+/g) ?? []).map(Number);
  const isAboutLimit = param === "limit" || numbers.includes(limit) ||
    /\b(limit|page.?size)\b.*(between|less|most|max|exceed|greater|large|<)/i
      .test(message);
  if (!isAboutLimit) return undefined;
  const smaller = numbers.filter((n) => n > 0 && n < limit);
  if (smaller.length > 0) return Math.max(...smaller);
  return [100, 20].find((n) => n < limit);
}

/** Whether it may succeed a little later: the request itself is fine. */
function lostAgain<T>(
  { path }: ListSource<T>,
  cause: unknown,
): ConnectionError {
  return new ConnectionError(
    `GET ${path} knew none of the places that it was to go on from`,
    { code: "lists", cause },
  );
}

/**
 * @param error What a page behind an item has ended with.
 * @returns Whether it may be that the item was deleted meanwhile.
 */
export function mayBeLost(error: unknown): boolean {
  return isGone(error) || isBadRequest(error);
}

function isBadRequest(error: unknown): error is APIError {
  return error instanceof APIError && [400, 422].includes(error.status);
}

function isWithoutList(error: unknown): error is APIError {
  return error instanceof APIError && [404, 405, 501].includes(error.status);
}

function withHint(error: APIError, hint: string): APIError {
  const { status, headers, code, type, param } = error;
  const details = {
    status,
    headers,
    error: { code, ...(type ? { type } : {}), ...(param ? { param } : {}) },
    cause: error,
  };
  return new APIError(`${error.message}: ${hint}`, details);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : undefined;
}
