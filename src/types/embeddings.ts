/**
 * Embeddings: what a request's body takes, and what comes back.
 *
 * @module
 */

/**
 * The body of `POST /v1/embeddings`.
 *
 * @example
 * ```ts
 * import type { EmbeddingBody } from "@offpeak/openai-batch";
 *
 * const body: EmbeddingBody = {
 *   model: "text-embedding-3-small",
 *   input: ["first text", "second text"],
 *   dimensions: 256,
 * };
 * ```
 */
export interface EmbeddingBody {
  /** The model's id. One batch runs one model. */
  model: string;
  /**
   * A text, several texts, a text's token ids, or several of those.
   *
   * No text is empty. 8,192 tokens per text, 2,048 entries per array and
   * 300,000 tokens per request are the limits; OpenAI takes 50,000 texts per
   * batch, and each entry of a list counts as one.
   */
  input:
    | string
    | readonly string[]
    | readonly number[]
    | readonly (readonly number[])[];
  /** Shortens the vectors to this length; from text-embedding-3 on. */
  dimensions?: number | null | undefined;
  /**
   * "base64" returns each vector as the base64 of its 32-bit floats, which is
   * shorter.
   *
   * @default "float"
   */
  encoding_format?: "float" | "base64" | null | undefined;
  /** Names the end user for abuse detection. */
  user?: string | null | undefined;
}

/** The vector of one text. */
export interface Embedding {
  /** 0, 1, …: which text of the input it belongs to. */
  index: number;
  /** "embedding". */
  object: string;
  /** The vector: numbers, or with `encoding_format: "base64"` a string. */
  embedding: number[] | string;
}

/** The body of an embeddings response. */
export interface EmbeddingResponse {
  /** "list". */
  object: string;
  /** The model that answered. */
  model: string;
  /** One entry per text of the input. */
  data: Embedding[];
  /** What was read. Embeddings have no output tokens. */
  usage: {
    /** Tokens of all texts. */
    prompt_tokens: number;
    /** The same number. */
    total_tokens: number;
  };
  /** What else the server sends. */
  [k: string]: unknown;
}
