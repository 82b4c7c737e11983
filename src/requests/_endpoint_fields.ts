/**
 * What the code needs to know about endpoints. The types are in
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
 * The field of the body that a request's `content` fills.
 *
 * @returns Its name; undefined for unknown endpoints.
 */
export function contentFieldOf(
  endpoint: string,
): "messages" | "input" | "prompt" | undefined {
  return CONTENT_FIELDS.get(withoutVersion(endpoint));
}

/**
 * Whether a body must name its model.
 *
 * @returns False for unknown endpoints too.
 */
export function needsModel(endpoint: string): boolean {
  return WITH_MODEL.has(withoutVersion(endpoint));
}

/**
 * The field of the body for the answer's format.
 *
 * @returns Its name; undefined for endpoints without one.
 */
export function formatFieldOf(
  endpoint: string,
): "response_format" | "text" | undefined {
  return FORMAT_FIELDS.get(withoutVersion(endpoint));
}

/**
 * Whether models write tokens there.
 *
 * @returns True for unknown endpoints too.
 */
export function hasOutput(endpoint: string): boolean {
  return !WITHOUT_OUTPUT.has(withoutVersion(endpoint));
}

/**
 * How many inputs a body counts for. A batch takes 50,000 embedding inputs, however
 * few requests they come in.
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
