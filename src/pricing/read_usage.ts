/**
 * The one place where the usage of an answer gets the names of `Usage`.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the usage of a response body or a batch: `input_tokens` and
 * `output_tokens` as they are, the `prompt_tokens` and `completion_tokens` of
 * chat, completions and embeddings renamed. Details are there only if the body
 * has them. What is not a whole number of 0 or more counts as absent.
 *
 * @param body A response body of any endpoint, or anything else.
 * @returns The usage, or undefined if the body has none.
 */
export function readUsage(body: unknown): Usage | undefined {
  const wire = fieldsOf(fieldsOf(body).usage);
  const input = count(wire.input_tokens) ?? count(wire.prompt_tokens);
  const output = count(wire.output_tokens) ?? count(wire.completion_tokens);
  const total = count(wire.total_tokens);
  if ((input ?? output ?? total) === undefined) return undefined;

  const usage: Usage = {
    input_tokens: input ?? 0,
    output_tokens: output ?? 0,
    total_tokens: total ?? (input ?? 0) + (output ?? 0),
  };
  const details = fieldsOf(
    wire.input_tokens_details ?? wire.prompt_tokens_details,
  );
  const cached = count(details.cached_tokens);
  const written = count(details.cache_write_tokens);
  const reasoning = count(
    fieldsOf(wire.output_tokens_details ?? wire.completion_tokens_details)
      .reasoning_tokens,
  );
  if ((cached ?? written) !== undefined) {
    usage.input_tokens_details = { cached_tokens: cached ?? 0 };
    if (written !== undefined) {
      usage.input_tokens_details.cache_write_tokens = written;
    }
  }
  if (reasoning !== undefined) {
    usage.output_tokens_details = { reasoning_tokens: reasoning };
  }
  return usage;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && value as number >= 0
    ? value as number
    : undefined;
}
