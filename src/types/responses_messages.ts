/**
 * What the input of a Responses request is made of: messages, the results of
 * tools, and what earlier responses said.
 *
 * @module
 */

import type { Open } from "./platform.ts";

/**
 * One message of a conversation, in the words of the Responses API. Its parts
 * differ from those of a chat {@linkcode Message}.
 *
 * @example
 * ```ts
 * import type { ResponsesMessage } from "@offpeak/openai-batch";
 *
 * const message: ResponsesMessage = {
 *   role: "user",
 *   content: [
 *     { type: "input_text", text: "What is this?" },
 *     { type: "input_image", image_url: "https://example.com/cat.png" },
 *   ],
 * };
 * ```
 */
export interface ResponsesMessage {
  /** Always "message"; may be left out. */
  type?: "message" | undefined;
  /** The role of the speaker. */
  role: Open<"user" | "assistant" | "system" | "developer">;
  /** A text, or parts of several kinds. */
  content: string | readonly ResponsesPart[];
  /**
   * Of an assistant's message that is sent back: a comment along the way, or
   * the answer. Newer models answer worse without it.
   */
  phase?: Open<"commentary" | "final_answer"> | null | undefined;
  /** Of a message that is sent back: whether it was cut off. */
  status?: Open<"in_progress" | "completed" | "incomplete"> | undefined;
  /** Never: a message has no body. */
  body?: never;
  /** Never: a message has no id of a request. */
  custom_id?: never;
  /** Never: parameters stand beside a message, not in it. */
  params?: never;
}

/** One part of a message or of a tool's result. `type` says which of the other fields is filled. */
export interface ResponsesPart {
  /** The part's kind. What the assistant said has "output_text" and "refusal". */
  type: Open<
    "input_text" | "input_image" | "input_file" | "output_text" | "refusal"
  >;
  /** With "input_text" and "output_text": the text. */
  text?: string | undefined;
  /** With "input_image": a web address, or the picture itself as a base64 `data:` URL. A string here; in chat it is an object. */
  image_url?: string | null | undefined;
  /** With "input_image" and "input_file": how closely to look. */
  detail?: Open<"auto" | "low" | "high" | "original"> | null | undefined;
  /** With "input_image" and "input_file": the id of an uploaded file. */
  file_id?: string | null | undefined;
  /** With "input_file": the address of the document. */
  file_url?: string | null | undefined;
  /** With "input_file": the document in base64; it comes with `filename`. */
  file_data?: string | null | undefined;
  /** With "input_file": what the document is called. */
  filename?: string | null | undefined;
  /** With "refusal": the text with which the assistant declined. */
  refusal?: string | undefined;
  /** With "output_text": what it quotes. */
  annotations?: readonly unknown[] | undefined;
  /** With "output_text": log probabilities. */
  logprobs?: readonly unknown[] | undefined;
  /** Ends a prompt prefix that other requests share, as `{ mode: "explicit", ttl? }`. From gpt-5.6 on. */
  prompt_cache_breakpoint?: unknown;
  /** Never: a part has no role, a message has. */
  role?: never;
}

/** A call of one of the request's functions, sent back with what came of it. */
export interface ResponsesFunctionCall {
  /** Always "function_call". */
  type: "function_call";
  /** The call's id in the response. */
  id?: string | undefined;
  /** Ties it to its output. */
  call_id: string;
  /** The function's name. */
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
  /** Whether it was cut off. */
  status?: Open<"in_progress" | "completed" | "incomplete"> | undefined;
  /** Never: only messages have a role. */
  role?: never;
}

/** What a function gave back. */
export interface ResponsesFunctionCallOutput {
  /** Always "function_call_output". */
  type: "function_call_output";
  /** The item's id, if it is stored. */
  id?: string | null | undefined;
  /** The call that it answers. */
  call_id?: string | null | undefined;
  /** A text, usually JSON, or parts. */
  output: string | readonly ResponsesPart[];
  /** The function's name. */
  name?: string | null | undefined;
  /** Whether it is whole. */
  status?: Open<"in_progress" | "completed" | "incomplete"> | null | undefined;
  /** Never: only messages have a role. */
  role?: never;
}

/** An item of an input: a message, a function's call and its output. Of other kinds, such as "reasoning", pass a body. */
export type ResponsesInputItem =
  | ResponsesMessage
  | ResponsesFunctionCall
  | ResponsesFunctionCallOutput;
