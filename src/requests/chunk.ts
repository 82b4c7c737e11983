/**
 * `chunk`: the generator that cuts requests into parts, as a building block.
 *
 * @module
 */

import { checkNoMore } from "../check_options.ts";
import { hintFor } from "../option_hint.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { RequestLine } from "../types/lines.ts";
import { cut } from "./cut.ts";
import { readPartOptions, readRequestOptions } from "./options.ts";
import type { PartOptions, RequestOptions, RequestSource } from "./request.ts";

/**
 * The requests of one input file.
 *
 * @typeParam E The endpoint they are for.
 */
export interface Part<E extends Endpoint = Chat> {
  /** 0, 1, … */
  part: number;
  /** The endpoint of its requests. */
  endpoint: E;
  /** Their model, if they name one. */
  model: string | undefined;
  /** How many there are. */
  requests: number;
  /** The size of its file. */
  bytes: number;
  /** Its lines. */
  lines: RequestLine<E>[];
  /** Its file, ready to upload. */
  blob(): Blob;
}

/**
 * Cuts requests into parts: by count, by bytes, by model and endpoint, and by
 * OpenAI's 50,000 embedding inputs. Parts are yielded as soon as they are full, so
 * an endless input doesn't need endless memory.
 *
 * @typeParam E The endpoint of the requests.
 * @param requests The requests.
 * @param options Defaults for the requests, and where to cut.
 * @returns The parts.
 * @throws {TypeError} If a request breaks a rule. The message has its position.
 * @throws {RangeError} If one request is larger than `maxBytes`.
 *
 * @example
 * ```ts
 * import { chunk } from "@offpeak/openai-batch";
 *
 * const requests = ["1 + 1 =", "1 + 2 =", "1 + 3 ="];
 * for await (const part of chunk(requests, { params: { model: "gpt-4o-mini" }, batchSize: 2 })) {
 *   console.log(part.part, part.requests, part.bytes);
 * }
 * ```
 */
export async function* chunk<E extends Endpoint = Chat>(
  requests: RequestSource<NoInfer<E>>,
  options: RequestOptions<E> & PartOptions = {},
): AsyncGenerator<Part<E>> {
  const { endpoint, params, batchSize, maxBytes, ...unknown } = options;
  checkNoMore(unknown, hintFor);
  const defaults = readRequestOptions({ endpoint, params });
  const limits = readPartOptions({ batchSize, maxBytes });
  const cutting = { ...limits, keepLines: true };
  for await (const part of cut(requests, defaults, cutting)) {
    if ("tooLarge" in part) {
      throw new RangeError(
        `Request ${part.tooLarge.index} has ${part.bytes} bytes: ` +
          `maxBytes is ${limits.maxBytes}`,
      );
    }
    yield {
      part: part.part,
      endpoint: part.endpoint as E,
      model: part.model,
      requests: part.requests,
      bytes: part.bytes,
      // The cutter doesn't know the endpoint's type.
      lines: part.lines as unknown as RequestLine<E>[],
      blob: () => part.blob,
    };
  }
}
