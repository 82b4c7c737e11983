/**
 * Opens the caller's requests, and turns each into a line.
 *
 * @module
 */

import { itemsUntilAborted, untilAborted } from "./_until_aborted.ts";
import { IdTable } from "./id_table.ts";
import { kindOf } from "../as_code.ts";
import { stringify } from "./stringify.ts";
import { type IndexedLine, type LineDefaults, toLine } from "./to_line.ts";

/**
 * Reads requests one by one. A list is checked as a whole before its first line is
 * yielded; an iterable is checked as it is read.
 *
 * @param requests A list, an iterable, or a function that opens one.
 * @throws {TypeError} If these aren't requests, a request breaks a rule, or two in a list have the same id.
 */
export async function* readRequests(
  requests: unknown,
  defaults: LineDefaults,
  signal?: AbortSignal | undefined,
): AsyncGenerator<IndexedLine> {
  const source = await openRequests(requests, signal);
  if (Array.isArray(source)) {
    checkIds(source, (request, index) => {
      const line = toLine(request, index, defaults);
      stringify(line); // names the request that can't be sent
      return line.line.custom_id;
    });
  }
  let index = 0;
  if (Symbol.asyncIterator in source) {
    for await (const request of source) {
      yield toLine(request, index++, defaults);
    }
  } else {
    for (const request of source) yield toLine(request, index++, defaults);
  }
}

/**
 * How many requests there will be.
 *
 * @returns undefined unless it is a list, or has a `size` as a Set does.
 */
export function countRequests(requests: unknown): number | undefined {
  if (Array.isArray(requests)) return requests.length;
  const { size } = Object(requests);
  return typeof size === "number" ? size : undefined;
}

/**
 * Whether requests can be read only once.
 *
 * @returns False for lists and functions.
 */
export function isOneShot(requests: unknown): boolean {
  return !Array.isArray(requests) && typeof requests !== "function";
}

/**
 * Opens the caller's requests.
 *
 * @param requests A list, an iterable, or a function that opens one.
 * @param signal Ends the wait for them. If it is already aborted, they are not opened.
 * @throws {TypeError} If these aren't requests.
 * @throws The signal's reason, here and while the iterable is read.
 */
export async function openRequests(
  requests: unknown,
  signal?: AbortSignal | undefined,
): Promise<Iterable<unknown> | AsyncIterable<unknown>> {
  if (!signal) return checkSource(await openSource(requests));
  const open = () => openSource(requests);
  const source = checkSource(await untilAborted(signal, open));
  return Symbol.asyncIterator in source
    ? itemsUntilAborted(source, signal)
    : source;
}

function openSource(requests: unknown): unknown {
  return typeof requests === "function" ? requests() : requests;
}

function checkSource(
  source: unknown,
): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof source === "string") {
    throw new TypeError(
      "The requests are one string: pass a list, even for a single request",
    );
  }
  const isObject = typeof source === "object" && source !== null;
  if (
    !isObject || !(Symbol.iterator in source || Symbol.asyncIterator in source)
  ) {
    throw new TypeError(
      `The requests must be a list, an iterable, an async iterable, or a function that returns one: they are ${
        kindOf(source)
      }`,
    );
  }
  return source as Iterable<unknown> | AsyncIterable<unknown>;
}

/**
 * Checks that the ids of a list are unique.
 *
 * @param idOf Returns the id of a request, and checks the rest of it.
 * @throws {TypeError} If two requests have the same id.
 */
export function checkIds(
  list: readonly unknown[],
  idOf: (request: unknown, index: number) => string,
): void {
  const ids = new IdTable();
  let index = 0;
  for (const request of list) {
    const id = idOf(request, index);
    const first = ids.add(id);
    if (first < index) checkUnique(id, index, first);
    index++;
  }
}

/**
 * @param other The position of an earlier request with the same id, if there is one.
 * @throws {TypeError} If there is one.
 */
export function checkUnique(
  id: string,
  index: number,
  other: number | undefined,
): void {
  if (other === undefined) return;
  throw new TypeError(
    `Request ${index} has the id ${
      JSON.stringify(id)
    }, the same as request ${other}: ` +
      "ids must be unique (the default id is the position in the input)",
  );
}
