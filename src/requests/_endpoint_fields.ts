/**
 * What the code has to know of an endpoint; the types are in
 * `types/endpoints.ts`.
 *
 * @module
 */

const CONTENT_FIELDS: ReadonlyMap<string, "messages" | "input" | "prompt"> =
  new Map([
    ["/chat/completions", "messages"],
    ["/responses", "input"],
    ["/embeddings", "input"],
    ["/moderations", "input"],
    ["/completions", "prompt"],
    ["/images/generations", "prompt"],
    ["/images/edits", "prompt"],
  ]);

const WITH_MODEL: ReadonlySet<string> = new Set([
  "/chat/completions",
  "/responses",
  "/embeddings",
  "/completions",
]);

const FORMAT_FIELDS: ReadonlyMap<string, "response_format" | "text"> = new Map([
  ["/chat/completions", "response_format"],
  ["/responses", "text"],
]);

/** The others write tokens, or images. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set([
  "/embeddings",
  "/moderations",
]);

/** An endpoint in Azure's older spelling, which has no `/v1`. */
export function withoutVersion(endpoint: string): string {
  return endpoint.startsWith("/v1/") ? endpoint.slice(3) : endpoint;
}

/**
 * The body's field that a request's `content` fills.
 *
 * @returns Its name; undefined for endpoints that are not known here.
 */
export function contentFieldOf(
  endpoint: string,
): "messages" | "input" | "prompt" | undefined {
  return CONTENT_FIELDS.get(withoutVersion(endpoint));
}

/**
 * Whether a body must name its model.
 *
 * @returns False also for endpoints that are not known here.
 */
export function needsModel(endpoint: string): boolean {
  return WITH_MODEL.has(withoutVersion(endpoint));
}

/**
 * The body's field that says what the answer looks like.
 *
 * @returns Its name; undefined for endpoints that have none.
 */
export function formatFieldOf(
  endpoint: string,
): "response_format" | "text" | undefined {
  return FORMAT_FIELDS.get(withoutVersion(endpoint));
}

/**
 * Whether a model writes tokens there.
 *
 * @returns True also for endpoints that are not known here.
 */
export function hasOutput(endpoint: string): boolean {
  return !WITHOUT_OUTPUT.has(withoutVersion(endpoint));
}

/**
 * How many inputs a body counts for: a batch takes 50,000 embedding inputs,
 * however many requests they come in.
 *
 * @returns The texts or token lists of an embeddings request; 0 for other endpoints.
 */
export function embeddingInputs(
  endpoint: string,
  body: Record<string, unknown>,
): number {
  if (withoutVersion(endpoint) !== "/embeddings") return 0;
  const { input } = body;
  return Array.isArray(input) && typeof input[0] !== "number"
    ? input.length
    : 1;
}
