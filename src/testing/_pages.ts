/**
 * Lists, page by page.
 *
 * @module
 */

import { checkInteger, HttpError } from "./_http_error.ts";

/** A page as on the wire. */
export interface WirePage<T> {
  object: "list";
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/**
 * Cuts one page out of a list.
 *
 * @param items Everything, in the order in which it is listed.
 * @throws {HttpError} For a `limit` out of bounds, or an unknown `after`.
 */
export function pageOf<T extends { id: string }>(
  items: readonly T[],
  query: URLSearchParams,
  limits: { default: number; max: number },
): WirePage<T> {
  const asked = query.get("limit");
  const limit = asked === null
    ? limits.default
    : checkInteger("limit", Number(asked), 1, limits.max);
  const start = startOf(items, query.get("after"));
  const data = items.slice(start, start + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < items.length,
  };
}

function startOf(items: readonly { id: string }[], after: string | null) {
  if (after === null) return 0;
  const index = items.findIndex((item) => item.id === after);
  if (index >= 0) return index + 1;
  throw new HttpError(400, `Invalid 'after': '${after}' was not found.`, {
    param: "after",
    code: "invalid_value",
  });
}
