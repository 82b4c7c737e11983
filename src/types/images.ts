/**
 * Images, generated and edited: what a request's body takes, and what comes
 * back.
 *
 * @module
 */

import type { Open } from "./platform.ts";

/** The body of `POST /v1/images/generations`. */
export interface ImageBody {
  /**
   * The image model's id. The endpoint has a default, which has changed more
   * than once. Whether a batch has one is not documented, and not checked here:
   * name it.
   */
  model?: string | null | undefined;
  /** What the picture shows, up to 32,000 characters. */
  prompt: string;
  /**
   * What is behind the subject. "transparent" needs the format "png" or
   * "webp".
   *
   * @default "auto"
   */
  background?: Open<"transparent" | "opaque" | "auto"> | null | undefined;
  /** How much is computed to plan the picture, whatever its `quality`. */
  complexity?: Open<"low" | "medium" | "high"> | null | undefined;
  /**
   * 2 to 16 frames, with the format "gif" only.
   *
   * @default 9
   */
  frame_count?: number | null | undefined;
  /**
   * Milliseconds per frame, rounded to 10 and at most 655,350; with the format
   * "gif" only.
   *
   * @default 200
   */
  frame_duration_ms?: number | null | undefined;
  /**
   * How strictly the picture is moderated.
   *
   * @default "auto"
   */
  moderation?: Open<"low" | "auto"> | null | undefined;
  /** How many pictures, 1 to 10. */
  n?: number | null | undefined;
  /**
   * 0 to 100 percent, with the formats "webp" and "jpeg" only.
   *
   * @default 100
   */
  output_compression?: number | null | undefined;
  /** The file's format. Edits cannot be "svg". */
  output_format?:
    | Open<"png" | "jpeg" | "webp" | "gif" | "svg">
    | null
    | undefined;
  /** For streams only, so of no use in a batch. */
  partial_images?: number | null | undefined;
  /**
   * How finely the picture is drawn: "low", "medium", "high", with newer models
   * "xhigh" and "max".
   *
   * @default "auto"
   */
  quality?: string | null | undefined;
  /**
   * Where the picture is returned. GPT image models refuse it: theirs always
   * come as base64.
   *
   * @deprecated Of retired models.
   */
  response_format?: Open<"url" | "b64_json"> | null | undefined;
  /** Names the end user for abuse detection. A hash, not an address. */
  safety_identifier?: string | null | undefined;
  /** "auto" or width x height in pixels, such as "1536x1024". Free sizes, from gpt-image-2 on, are multiples of 16. */
  size?: string | null | undefined;
  /** Never `true`: a batch cannot stream. */
  stream?: false | null | undefined;
  /**
   * How the picture looks. GPT image models refuse it.
   *
   * @deprecated Of retired models; say it in the prompt.
   */
  style?: Open<"vivid" | "natural"> | null | undefined;
  /** The model that draws an "svg", as `{ model, reasoning? }`. Needs `n` 1; not for edits. */
  svg?: unknown;
  /**
   * Names the end user.
   *
   * @deprecated Use `safety_identifier`, which wins if both are set.
   */
  user?: string | undefined;
}

/**
 * The body of `POST /v1/images/edits` as JSON; a batch line cannot carry the
 * form that the endpoint otherwise takes.
 */
export interface ImageEditBody extends ImageBody {
  /** The picture to edit, or up to 16 of them: what the form's upload is called. In JSON the API's reference has `images`. */
  image?: unknown;
  /** The pictures to edit, up to 16, as `{ file_id }` or `{ image_url }`. */
  images?: readonly unknown[] | undefined;
  /** How closely the style and the faces of the pictures are kept. gpt-image-2 takes none. */
  input_fidelity?: Open<"high" | "low"> | null | undefined;
  /** A transparent picture laid over the first one to guide the edit, of the same size. Not together with `mask`. */
  markup?: unknown;
  /** A picture of the same size, with transparent areas where the first one is to be changed. */
  mask?: unknown;
}

/** One picture: `b64_json` or `url` is filled. */
export interface Image {
  /** The file in base64. GPT image models always answer so. */
  b64_json?: string;
  /** Where the file can be fetched; of retired models. */
  url?: string;
  /** The prompt as the model rewrote it, if it did. */
  revised_prompt?: string;
  /** What else the server sends. */
  [k: string]: unknown;
}

/** The body of an images response. */
export interface ImageResponse {
  /** Unix seconds. */
  created: number;
  /** The pictures: one, or `n`. */
  data?: Image[];
  /** Tokens, if the model counts them. */
  usage?: unknown;
  /** What else the server sends: size, quality, output_format, … */
  [k: string]: unknown;
}
