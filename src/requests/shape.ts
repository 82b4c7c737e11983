/**
 * From a request to its line as JSON, with what the cutter needs to know about it.
 *
 * @module
 */

import { embeddingInputs } from "./endpoint_table.ts";
import type { ShapedRequest } from "./shaped_request.ts";
import { ShortForms } from "./short_forms.ts";
import { stringify } from "./stringify.ts";
import { type IndexedLine, type LineDefaults, toLine } from "./to_line.ts";

/** Shapes the requests of one input. */
export class Shaper {
  readonly #defaults: LineDefaults;
  readonly #keepLines: boolean;
  readonly #short: ShortForms | undefined;

  /** @param keepLines Whether the lines are wanted as objects too. */
  constructor(defaults: LineDefaults, keepLines: boolean) {
    this.#defaults = defaults;
    this.#keepLines = keepLines;
    this.#short = keepLines ? undefined : ShortForms.of(defaults);
  }

  /**
   * The id of a request in a short form, which breaks no rule and is JSON.
   *
   * @param index Its position in the input; also its id, if it has none.
   * @returns Its id; undefined for a request that has to be shaped to be checked.
   */
  shortId(request: unknown, index: number): string | undefined {
    return this.#short?.idOf(request, index);
  }

  /**
   * Shapes a request.
   *
   * @throws {TypeError} If it breaks a rule, or can't be sent as JSON.
   */
  shape(request: unknown, index: number): ShapedRequest {
    return this.#short?.shape(request, index) ?? this.#shape(request, index);
  }

  #shape(request: unknown, index: number): ShapedRequest {
    const line = toLine(request, index, this.#defaults);
    const shaped = shapeLine(line, stringify(line));
    if (!this.#keepLines) shaped.line = undefined;
    return shaped;
  }
}

/** Shapes a request that is a line already. */
export function shapeLine(
  { index, line }: IndexedLine,
  text: string,
): ShapedRequest {
  const { custom_id: id, url: endpoint, body } = line;
  return {
    index,
    id,
    endpoint,
    model: typeof body.model === "string" ? body.model : undefined,
    inputs: embeddingInputs(endpoint, body),
    text,
    line,
  };
}
