/**
 * The one table of endpoints, and the types that look up in it.
 *
 * @module
 */

import type { ChatBody, ChatResponse } from "./chat.ts";
import type { CompletionBody, CompletionResponse } from "./completions.ts";
import type { EmbeddingBody, EmbeddingResponse } from "./embeddings.ts";
import type {
  Image,
  ImageBody,
  ImageEditBody,
  ImageResponse,
} from "./images.ts";
import type { ContentPart, Message } from "./messages.ts";
import type {
  Moderation,
  ModerationBody,
  ModerationResponse,
} from "./moderations.ts";
import type { Open } from "./platform.ts";
import type { ResponsesBody, ResponsesResponse } from "./responses_api.ts";
import type {
  ResponsesInputItem,
  ResponsesMessage,
} from "./responses_messages.ts";

/**
 * What is known of each endpoint. A row has six cells:
 *
 * - `content`: what the short form of a request takes.
 * - `bare`: what may stand for a request without any wrapper, besides a string.
 * - `body`: the request's body.
 * - `from`: the field of the body that `content` fills.
 * - `response`: the response's body.
 * - `output`: one output, as a result carries it.
 */
export interface Endpoints {
  /** Conversations. A `content` of parts, or a string, is one user message. */
  "/v1/chat/completions": {
    content: string | readonly Message[] | readonly ContentPart[];
    bare: Message | readonly Message[];
    body: ChatBody;
    from: "messages";
    response: ChatResponse;
    output: string;
  };
  /** Conversations, tools and stored state. */
  "/v1/responses": {
    content: ResponsesBody["input"];
    bare: ResponsesMessage | readonly ResponsesInputItem[];
    body: ResponsesBody;
    from: "input";
    response: ResponsesResponse;
    output: string;
  };
  /** Vectors for texts. */
  "/v1/embeddings": {
    content: EmbeddingBody["input"];
    bare: never;
    body: EmbeddingBody;
    from: "input";
    response: EmbeddingResponse;
    /** A string with `encoding_format: "base64"`. */
    output: number[] | string;
  };
  /** Texts that go on from a prompt: the older endpoint. */
  "/v1/completions": {
    content: CompletionBody["prompt"];
    bare: never;
    body: CompletionBody;
    from: "prompt";
    response: CompletionResponse;
    output: string;
  };
  /** Whether texts and images are harmful. */
  "/v1/moderations": {
    content: ModerationBody["input"];
    bare: never;
    body: ModerationBody;
    from: "input";
    response: ModerationResponse;
    output: Moderation;
  };
  /** Pictures from a prompt. */
  "/v1/images/generations": {
    content: string;
    bare: never;
    body: ImageBody;
    from: "prompt";
    response: ImageResponse;
    output: Image;
  };
  /** Pictures from pictures and a prompt. */
  "/v1/images/edits": {
    content: string;
    bare: never;
    body: ImageEditBody;
    from: "prompt";
    response: ImageResponse;
    output: Image;
  };
}

/** The row of an endpoint that is not in the table: anything goes, nothing is promised. */
export interface UnknownEndpoint {
  /** Anything. */
  content: unknown;
  /** There is no form without a wrapper. */
  bare: never;
  /** Any body. */
  // deno-lint-ignore no-explicit-any
  body: Record<string, any>;
  /** No field is known that `content` could fill. */
  from: never;
  /** Any response. */
  // deno-lint-ignore no-explicit-any
  response: Record<string, any>;
  /** Whatever came back. */
  output: unknown;
}

/** The default endpoint. */
export type Chat = "/v1/chat/completions";

/** An endpoint's path: one of the table, or any other that the server knows. */
export type Endpoint = Open<keyof Endpoints>;

/**
 * An endpoint's row of {@linkcode Endpoints}. Azure's spelling without `/v1`
 * finds the same row; a path that is in neither gets
 * {@linkcode UnknownEndpoint}.
 *
 * @typeParam E The endpoint.
 */
export type At<E extends Endpoint> = E extends keyof Endpoints ? Endpoints[E]
  : `/v1${E}` extends keyof Endpoints ? Endpoints[`/v1${E}`]
  : UnknownEndpoint;

/**
 * The body of a request to an endpoint.
 *
 * @typeParam E The endpoint.
 */
export type BodyOf<E extends Endpoint> = At<E>["body"];

/**
 * The body of an endpoint's response.
 *
 * @typeParam E The endpoint.
 */
export type ResponseOf<E extends Endpoint> = At<E>["response"];

/**
 * One output of an endpoint: a text, a vector, a moderation, an image.
 *
 * @typeParam E The endpoint.
 */
export type OutputOf<E extends Endpoint> = At<E>["output"];

/**
 * What may stand under every request: the endpoint's body with nothing
 * required, without `stream` and without the field that `content` fills.
 *
 * @typeParam E The endpoint.
 *
 * @example
 * ```ts
 * import type { Params } from "@offpeak/openai-batch";
 *
 * const params: Params = { model: "gpt-4o-mini", temperature: 0 };
 * const vectors: Params<"/v1/embeddings"> = { dimensions: 256 };
 * ```
 */
export type Params<E extends Endpoint = Chat> = {
  [K in keyof BodyOf<E> as K extends At<E>["from"] | "stream" ? never : K]?:
    | BodyOf<E>[K]
    | undefined;
};
