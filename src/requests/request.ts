/**
 * What a caller may pass as requests.
 *
 * @module
 */

import type { At, BodyOf, Chat, Endpoint, Params } from "../types/endpoints.ts";
import type { RequestLine } from "../types/lines.ts";
import type { MaybePromise } from "../types/platform.ts";

/**
 * The short form of a request.
 *
 * @typeParam E The endpoint it is for.
 */
export interface ContentRequest<E extends Endpoint = Chat> {
  /** Your id, unique in the job. @default the position in the input, as a string */
  id?: string | undefined;
  /** Messages, input or prompt, depending on the endpoint. */
  content: At<E>["content"];
  /** Params for this request. They take precedence over the job's `params`, key by key. */
  params?: Params<E> | undefined;
  /** Not in this form. */
  role?: never;
  /** Not in this form. */
  body?: never;
  /** Not in this form. */
  custom_id?: never;
}

/**
 * The body itself, as the official SDK takes it. It takes precedence over the job's
 * `params`, key by key.
 *
 * @typeParam E The endpoint it is for.
 */
export interface BodyRequest<E extends Endpoint = Chat> {
  /** Your id, unique in the job. @default the position in the input, as a string */
  id?: string | undefined;
  /** The endpoint's own parameters. */
  body: Partial<BodyOf<E>>;
  /** Not in this form. */
  role?: never;
  /** Not in this form. */
  content?: never;
  /** Not in this form. */
  params?: never;
  /** Not in this form. */
  custom_id?: never;
  /** Not in this form. */
  url?: never;
}

/**
 * One request: a text, a message or a list of messages (chat and responses), a
 * wrapper with an id, or a complete batch line.
 *
 * @typeParam E The endpoint it is for.
 */
export type BatchRequest<E extends Endpoint = Chat> =
  | string
  | At<E>["bare"]
  | ContentRequest<E>
  | BodyRequest<E>
  | (E extends Endpoint ? RequestLine<E> : never);

/**
 * A list, or anything that can be iterated. `& object` keeps out a single string:
 * `run("hello")` would otherwise be five requests.
 *
 * @typeParam E The endpoint they are for.
 */
export type RequestSource<E extends Endpoint = Chat> =
  | readonly BatchRequest<E>[]
  | (Iterable<BatchRequest<E>> & object)
  | AsyncIterable<BatchRequest<E>>;

/**
 * Requests, or a function that returns them (called for each pass over them). If
 * they have a `size`, as a Set does, or the function has one, progress knows from
 * the start how many there will be.
 *
 * @typeParam E The endpoint they are for.
 */
export type Requests<E extends Endpoint = Chat> =
  | RequestSource<E>
  | (() => MaybePromise<RequestSource<E>>);

/** What is sent. */
export interface RequestOptions<E extends Endpoint = Chat> {
  /** The endpoint of every request that isn't already a complete batch line. @default "/v1/chat/completions" */
  endpoint?: E | undefined;
  /** Defaults such as `model` and `temperature`, merged into every request that isn't already a complete batch line. They are read once: don't change them while a job runs. */
  params?: Params<E> | undefined;
}

/** How requests are cut into parts. For a server with other limits, use larger values. */
export interface PartOptions {
  /** Requests per part. OpenAI's limit is 50,000, Azure's 100,000. @default 50_000 */
  batchSize?: number | undefined;
  /**
   * Bytes per part. While a part is uploaded, it takes about three times this in
   * memory. OpenAI's limit is 200_000_000; on edge runtimes use 8_000_000.
   *
   * @default 32_000_000
   */
  maxBytes?: number | undefined;
}
