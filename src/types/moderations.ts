/**
 * Moderations: what a request's body takes, and what comes back.
 *
 * @module
 */

import type { ContentPart } from "./messages.ts";

/** The body of `POST /v1/moderations`. Free of charge. */
export interface ModerationBody {
  /**
   * The model's id. The endpoint takes "omni-moderation-latest" where none is
   * named. Whether a batch does is not documented, and not checked here: all
   * lines that OpenAI shows name one.
   */
  model?: string | null | undefined;
  /** A text, several texts, or parts of type "text" and "image_url". */
  input: string | readonly string[] | readonly ContentPart[];
}

/** What was found in one input. */
export interface Moderation {
  /** Whether any category is. */
  flagged: boolean;
  /** From category ("hate", "self-harm/intent", …) to whether it is flagged. "illicit" and "illicit/violent" can be null. */
  categories: Record<string, boolean>;
  /** From category to the model's score. */
  category_scores: Record<string, number>;
  /** What else the server sends: `category_applied_input_types`, … */
  [k: string]: unknown;
}

/** The body of a moderations response. It has no usage. */
export interface ModerationResponse {
  /** `modr-…` */
  id: string;
  /** The model that answered. */
  model: string;
  /** What was found, in the order of the input. */
  results: Moderation[];
  /** What else the server sends. */
  [k: string]: unknown;
}
