/**
 * `requestLine`: one request as a line, or why it is refused.
 *
 * @module
 */

import { checkNoMore } from "../check_options.ts";
import { hintFor } from "../option_hint.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { RequestLine } from "../types/lines.ts";
import { readPartOptions, readRequestOptions } from "./options.ts";
import type { BatchRequest, RequestOptions } from "./request.ts";
import { stringify } from "./stringify.ts";
import { toLine } from "./to_line.ts";

/**
 * Makes the line that `run` would send for a request, or throws the error that
 * `run` would refuse it with. Nothing is sent.
 *
 * @typeParam E The endpoint of the request.
 * @param request The request. One without an id gets the id "0".
 * @param options Defaults for it, and how large it may be.
 * @returns The line. `encodeLines` makes a file from several.
 * @throws {TypeError} If the request or an option breaks a rule.
 * @throws {RangeError} If its line is larger than `maxBytes`.
 *
 * @example
 * ```ts
 * import { requestLine } from "@offpeak/openai-batch";
 * import assert from "node:assert/strict";
 *
 * const line = requestLine({ id: "a", content: "1 + 1 =" }, { params: { model: "gpt-4o-mini" } });
 * assert.equal(line.custom_id, "a");
 * assert.throws(() => requestLine("no model"), TypeError);
 * ```
 */
export function requestLine<E extends Endpoint = Chat>(
  request: BatchRequest<NoInfer<E>>,
  options: RequestOptions<E> & { maxBytes?: number | undefined } = {},
): RequestLine<E> {
  const { endpoint, params, maxBytes, ...unknown } = options;
  checkNoMore(unknown, hintFor);
  const limits = readPartOptions({ batchSize: undefined, maxBytes });
  const indexed = toLine(request, 0, readRequestOptions({ endpoint, params }));
  const bytes = sizeOf(stringify(indexed), limits.maxBytes);
  if (bytes > limits.maxBytes) {
    throw new RangeError(
      `Request 0 has ${bytes} bytes: maxBytes is ${limits.maxBytes}`,
    );
  }
  // `toLine` doesn't know the endpoint's type.
  return indexed.line as unknown as RequestLine<E>;
}

/** With its line feed. Measured only where it matters: a text has at most three bytes a character. */
function sizeOf(text: string, free: number): number {
  const most = text.length * 3 + 1;
  return most <= free ? most : new TextEncoder().encode(text).length + 1;
}
