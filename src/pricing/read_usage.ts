/**
 * The one place that gives an answer's usage the names of `Usage`.
 *
 * @module
 */

import type { Usage } from "../types/batch.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the usage of a response body or a batch. `input_tokens` and `output_tokens`
 * stay as they are; the `prompt_tokens` and `completion_tokens` of chat,
 * completions and embeddings are renamed. Details are there only if the body has
 * them. Anything but a whole number of 0 or more counts as absent.
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

type InputDetails = NonNullable<Usage["input_tokens_details"]>;
type OutputDetails = NonNullable<Usage["output_tokens_details"]>;

/** Field by field, without a list of fields: this runs once per answer. */
function inputDetails(details: Fields): InputDetails | undefined {
  const cached = count(details.cached_tokens);
  const ofCached = imagesIn(details.cached_tokens_details);
  const writes = count(details.cache_write_tokens);
  const ofWrites = timesIn(details.cache_write_tokens_details);
  // Most answers list kinds of tokens with a count of 0.
  const images = count(details.image_tokens) || undefined;
  const audio = count(details.audio_tokens) || undefined;
  const first = cached ?? ofCached ?? writes ?? ofWrites ?? images ?? audio;
  if (first === undefined) return undefined;
  const found: InputDetails = { cached_tokens: cached ?? 0 };
  if (ofCached) found.cached_tokens_details = ofCached;
  if (writes !== undefined) found.cache_write_tokens = writes;
  if (ofWrites) found.cache_write_tokens_details = ofWrites;
  if (images) found.image_tokens = images;
  if (audio) found.audio_tokens = audio;
  return found;
}

function outputDetails(details: Fields): OutputDetails | undefined {
  const reasoning = count(details.reasoning_tokens);
  // If an image model says 0, it has written text.
  const images = count(details.image_tokens);
  const audio = count(details.audio_tokens) || undefined;
  if ((reasoning ?? images ?? audio) === undefined) return undefined;
  const found: OutputDetails = { reasoning_tokens: reasoning ?? 0 };
  if (images !== undefined) found.image_tokens = images;
  if (audio) found.audio_tokens = audio;
  return found;
}

function imagesIn(details: unknown): InputDetails["cached_tokens_details"] {
  const images = count(fieldsOf(details).image_tokens);
  return images === undefined ? undefined : { image_tokens: images };
}

function timesIn(details: unknown): InputDetails["cache_write_tokens_details"] {
  const { ttl_30m_tokens, ttl_12h_tokens } = fieldsOf(details);
  const short = count(ttl_30m_tokens);
  const long = count(ttl_12h_tokens);
  if ((short ?? long) === undefined) return undefined;
  return {
    ...(short === undefined ? {} : { ttl_30m_tokens: short }),
    ...(long === undefined ? {} : { ttl_12h_tokens: long }),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && value as number >= 0
    ? value as number
    : undefined;
}
