/**
 * The fast path for most requests: a text, or `{ id, content }` with a text. Their
 * lines differ in two places only. So one line is made the normal way, and its text
 * around those two places is used for all others.
 *
 * @module
 */

import { embeddingInputs } from "./endpoint_table.ts";
import { stringify } from "./stringify.ts";
import type { ShapedRequest } from "./shaped_request.ts";
import { type LineDefaults, toLine } from "./to_line.ts";

/** What stands around the id and the content of a line. */
type Frame = [beforeId: string, beforeContent: string, end: string];

/** Shapes requests in a short form. */
export class ShortForms {
  readonly #frame: Frame;
  readonly #endpoint: string;
  readonly #model: string | undefined;
  readonly #inputs: number;

  private constructor(
    frame: Frame,
    endpoint: string,
    body: Record<string, unknown>,
  ) {
    this.#frame = frame;
    this.#endpoint = endpoint;
    this.#model = typeof body.model === "string" ? body.model : undefined;
    this.#inputs = embeddingInputs(endpoint, body);
  }

  /** @returns undefined if these have no line that could serve as a frame. */
  static of(defaults: LineDefaults): ShortForms | undefined {
    // Nobody sends a text with these in it.
    const id = crypto.randomUUID();
    const content = crypto.randomUUID();
    try {
      const sample = toLine({ id, content }, 0, defaults);
      const frame = frameOf(stringify(sample), id, content);
      const { url, body } = sample.line;
      return frame && new ShortForms(frame, url, body);
    } catch {
      // The first request says what is wrong, with its position.
      return undefined;
    }
  }

  /** @returns The id of a request in a short form; undefined for all others. */
  idOf(request: unknown, index: number): string | undefined {
    if (isText(request)) return String(index);
    if (!isShort(request)) return undefined;
    return request.id ?? String(index);
  }

  /** @returns The request; undefined if it is in no short form. */
  shape(request: unknown, index: number): ShapedRequest | undefined {
    if (isText(request)) {
      return this.#shape(String(index), request, index);
    }
    if (!isShort(request)) return undefined;
    return this.#shape(request.id ?? String(index), request.content, index);
  }

  #shape(id: string, content: string, index: number): ShapedRequest {
    const [beforeId, beforeContent, end] = this.#frame;
    return {
      index,
      id,
      endpoint: this.#endpoint,
      model: this.#model,
      inputs: this.#inputs,
      text: beforeId + JSON.stringify(id) + beforeContent +
        JSON.stringify(content) + end,
      line: undefined,
    };
  }
}

function frameOf(
  text: string,
  id: string,
  content: string,
): Frame | undefined {
  const [beforeId = "", rest, ...more] = text.split(JSON.stringify(id));
  const [beforeContent = "", end, ...others] = rest
    ?.split(JSON.stringify(content)) ?? [];
  if (end === undefined || more.length + others.length > 0) return undefined;
  return [beforeId, beforeContent, end];
}

/** Whether a text may stand for any other: endpoints have rules for empty ones. */
function isText(content: unknown): content is string {
  return typeof content === "string" && content !== "";
}

/** Whatever else it has, inherited or hidden, is for {@linkcode toLine} to judge. */
function isShort(
  request: unknown,
): request is { id?: string; content: string } {
  if (typeof request !== "object" || request === null) return false;
  for (const key in request) {
    if (key !== "id" && key !== "content") return false;
  }
  if (
    "custom_id" in request || "role" in request || "body" in request ||
    "params" in request || !("content" in request)
  ) return false;
  const { id, content } = request as { id?: unknown; content: unknown };
  return isText(content) &&
    (id === undefined || (typeof id === "string" && id !== ""));
}
