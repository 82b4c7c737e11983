/**
 * Messages and the parts of their content, as a chat request carries them.
 *
 * @module
 */

import type { Open } from "./platform.ts";

/**
 * One message of a conversation, of any role.
 *
 * It has no `id`, `body`, `custom_id` or `params`: a message is not the wrapper
 * of a request, and the compiler tells them apart by these.
 *
 * @example
 * ```ts
 * import type { Message } from "@offpeak/openai-batch";
 *
 * const messages: Message[] = [
 *   { role: "developer", content: "Answer in one word." },
 *   { role: "user", content: "What is the capital of France?" },
 * ];
 * ```
 */
export interface Message {
  /**
   * The role of the speaker. Reasoning models take "developer" where older ones take
   * "system"; "function" is deprecated in favor of "tool".
   */
  role: Open<
    "system" | "developer" | "user" | "assistant" | "tool" | "function"
  >;
  /**
   * A text, or parts of several kinds. May be absent or null only in an
   * assistant's message that calls a tool, or null in a function's.
   */
  content?: string | readonly ContentPart[] | null | undefined;
  /** Tells apart speakers of the same role. With role "function", the function's name. */
  name?: string | undefined;
  /** The text with which the assistant declined, when its message is sent back. */
  refusal?: string | null | undefined;
  /** The calls that the assistant made; each needs a "tool" message that answers it. */
  tool_calls?: readonly unknown[] | undefined;
  /** With role "tool": which call this message answers. */
  tool_call_id?: string | undefined;
  /** An earlier spoken answer of the assistant, as `{ id }`. */
  audio?: unknown;
  /**
   * The function that the assistant called.
   *
   * @deprecated Use `tool_calls`.
   */
  function_call?: unknown;
  /** Never: a message has no id. */
  id?: never;
  /** Never: a message has no body. */
  body?: never;
  /** Never: a message has no id. */
  custom_id?: never;
  /** Never: parameters stand beside a message, not in it. */
  params?: never;
}

/** One part of a message's content. `type` says which of the other fields is filled. */
export interface ContentPart {
  /** The part's kind. The assistant's own messages take "text" and "refusal" only. */
  type: Open<"text" | "image_url" | "input_audio" | "file" | "refusal">;
  /** With type "text": the text. */
  text?: string | undefined;
  /** With type "image_url": a picture to look at. */
  image_url?: {
    /** A web address, or the picture itself as a base64 `data:` URL. */
    url: string;
    /** How closely to look; finer costs more input tokens. Moderations have no such field. */
    detail?: Open<"auto" | "low" | "high" | "original"> | undefined;
  } | undefined;
  /** With type "input_audio": a sound to listen to. */
  input_audio?: {
    /** The sound in base64. */
    data: string;
    /** How it is encoded. */
    format: Open<"wav" | "mp3">;
  } | undefined;
  /** With type "file": a document, either uploaded before or carried along. */
  file?: {
    /** The document in base64; it comes with `filename`. */
    file_data?: string | undefined;
    /** The id of an uploaded file, in place of `file_data`. */
    file_id?: string | undefined;
    /** What the document in `file_data` is called. */
    filename?: string | undefined;
  } | undefined;
  /** With type "refusal": the text with which the assistant declined. */
  refusal?: string | undefined;
  /**
   * Ends a prompt prefix that other requests share, as
   * `{ mode: "explicit", ttl? }`. At most four per request are written; from
   * gpt-5.6 on.
   */
  prompt_cache_breakpoint?: unknown;
  /** Never: a part has no role, a message has. */
  role?: never;
}
