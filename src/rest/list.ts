/**
 * A list of the API, page by page.
 *
 * @module
 */

import {
  openList,
  type PageBody,
  type PagePromise,
  type PageQuery,
} from "./page.ts";
import type { Shape } from "./shape.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** Which list, and how to ask for it. */
export interface ListCall<T> {
  /** Its path. */
  path: string;
  /** What each page must be. */
  shape: Shape<PageBody<T>>;
  /** Which items. */
  query: PageQuery | undefined;
  /** Options of each call. */
  options: CallOptions | undefined;
  /** What doesn't work on a server without this list. */
  missing: string;
}

/**
 * Opens a list.
 *
 * @returns The first page when awaited; every item when iterated.
 */
export function listOn<T extends { id: string }>(
  transport: Transport,
  { path, shape, query, options, missing }: ListCall<T>,
): PagePromise<T> {
  return openList({
    query,
    path,
    missing,
    limits: transport.contact.pageLimits,
    fetchPage: (page) =>
      transport.json({
        method: "GET",
        path,
        query: { ...query, ...page },
        options,
      }, shape),
  });
}
