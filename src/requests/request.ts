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
 * @typeParam E The endpoint that it asks.
 */
export interface ContentRequest<E extends Endpoint = Chat> {
  /** Yours, unique in the job. @default the position in the input, as a string */
  id?: string | undefined;
  /** What the endpoint is asked: messages, input or prompt. */
  content: At<E>["content"];
  /** For this request; they lie over the job's `params`. */
  params?: Params<E> | undefined;
  /** Not of this form. */
  role?: never;
  /** Not of this form. */
  body?: never;
  /** Not of this form. */
  custom_id?: never;
}

/**
 * The body itself, as the official SDK takes it. It lies over the job's
 * `params`, key by key.
 *
 * @typeParam E The endpoint that it asks.
 */
export interface BodyRequest<E extends Endpoint = Chat> {
  /** Yours, unique in the job. @default the position in the input, as a string */
  id?: string | undefined;
  /** The endpoint's own parameters. */
  body: Partial<BodyOf<E>>;
  /** Not of this form. */
  role?: never;
  /** Not of this form. */
  content?: never;
  /** Not of this form. */
  params?: never;
  /** Not of this form. */
  custom_id?: never;
  /** Not of this form. */
  url?: never;
}

/**
 * One request: a text, a message or a list of messages (chat and responses),
 * a wrapper with an id, or a whole line.
 *
 * @typeParam E The endpoint that it asks.
 */
export type BatchRequest<E extends Endpoint = Chat> =
  | string
  | At<E>["bare"]
  | ContentRequest<E>
  | BodyRequest<E>
  | (E extends Endpoint ? RequestLine<E> : never);

/**
 * A list, or anything that can be iterated. `& object` keeps a lone string
 * out: `run("hello")` would otherwise be five requests.
 *
 * @typeParam E The endpoint that they ask.
 */
export type RequestSource<E extends Endpoint = Chat> =
  | readonly BatchRequest<E>[]
  | (Iterable<BatchRequest<E>> & object)
  | AsyncIterable<BatchRequest<E>>;

/**
 * Requests, or a function that opens them (asked again for each pass over
 * them). Where they have a `size`, as a Set has, or the function has one,
 * progress knows from the start how many there will be.
 *
 * @typeParam E The endpoint that they ask.
 */
export type Requests<E extends Endpoint = Chat> =
  | RequestSource<E>
  | (() => MaybePromise<RequestSource<E>>);

/** What is sent. */
export interface RequestOptions<E extends Endpoint = Chat> {
  /** The endpoint of every request that is no line. @default "/v1/chat/completions" */
  endpoint?: E | undefined;
  /** Parameters under every request that is no line: `model`, `temperature`, … They are read once: change nothing in them while a job runs. */
  params?: Params<E> | undefined;
}

/** How the requests are cut into parts; a server with other limits may get larger values. */
export interface PartOptions {
  /** Requests per part. OpenAI takes 50,000, Azure 100,000. @default 50_000 */
  batchSize?: number | undefined;
  /**
   * Bytes per part; memory is about three times this while a part is
   * uploaded. OpenAI takes 200_000_000; on edge runtimes use 8_000_000.
   *
   * @default 32_000_000
   */
  maxBytes?: number | undefined;
}
