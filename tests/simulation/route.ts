/**
 * Which call an HTTP request is.
 *
 * @module
 */

/** A call, in the official SDK's words, and the id in its path. */
export interface Route {
  call: string;
  id: string;
}

/** Every call that the module makes. */
export const CALLS: readonly string[] = [
  "files.create",
  "files.list",
  "files.retrieve",
  "files.content",
  "files.delete",
  "batches.create",
  "batches.list",
  "batches.retrieve",
  "batches.cancel",
];

const PATH = /\/(files|batches)(?:\/([^/]+)(?:\/(content|cancel))?)?$/;

/** Finds the call. */
export function callOf(
  input: string | URL | Request,
  init?: RequestInit,
): Route {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const [, kind = "direct", id, verb] = PATH.exec(pathname) ?? [];
  const method = init?.method ?? "GET";
  const name = verb ??
    (method === "DELETE"
      ? "delete"
      : method === "POST"
      ? "create"
      : id
      ? "retrieve"
      : "list");
  return { call: `${kind}.${name}`, id: id ?? "" };
}
