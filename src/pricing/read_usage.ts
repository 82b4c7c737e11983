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
  const read = wire.input_tokens_details ?? wire.prompt_tokens_details;
  const written = wire.output_tokens_details ?? wire.completion_tokens_details;
  const inputs = read ? inputDetails(fieldsOf(read)) : undefined;
  const outputs = written ? outputDetails(fieldsOf(written)) : undefined;
  if (inputs) usage.input_tokens_details = inputs;
  if (outputs) usage.output_tokens_details = outputs;
  return usage;
}

function inputDetails(details: Fields): Usage["input_tokens_details"] {
  const writes = fieldsOf(details.cache_write_tokens_details);
  const cached = fieldsOf(details.cached_tokens_details);
  const found = known({
    cached_tokens: count(details.cached_tokens),
    cached_tokens_details: known({ image_tokens: count(cached.image_tokens) }),
    cache_write_tokens: count(details.cache_write_tokens),
    cache_write_tokens_details: known({
      ttl_30m_tokens: count(writes.ttl_30m_tokens),
      ttl_12h_tokens: count(writes.ttl_12h_tokens),
    }),
    ...kinds(details),
  });
  return found && { cached_tokens: 0, ...found };
}

function outputDetails(details: Fields): Usage["output_tokens_details"] {
  const found = known({
    reasoning_tokens: count(details.reasoning_tokens),
    ...kinds(details),
    // An image model that says 0 has written text.
    image_tokens: count(details.image_tokens),
  });
  return found && { reasoning_tokens: 0, ...found };
}

/** Most answers name kinds of tokens that they have none of. */
function kinds({ image_tokens, audio_tokens }: Fields) {
  return {
    image_tokens: count(image_tokens) || undefined,
    audio_tokens: count(audio_tokens) || undefined,
  };
}

/** Without the fields that are undefined; undefined if there are no others. Nothing is built in vain: there is one for each answer. */
function known<T extends object>(fields: T): Known<T> | undefined {
  let found: Known<T> | undefined;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    found ??= {};
    found[name] = value as Known<T>[typeof name];
  }
  return found;
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && value as number >= 0
    ? value as number
    : undefined;
}
