/**
 * What the code needs to know about endpoints. The types are in
 * `types/endpoints.ts`.
 *
 * @module
 */

import type { EndpointPath } from "../endpoint_path.ts";
import type { Endpoints } from "../types/endpoints.ts";

/** What there is to know of an endpoint. */
interface Row<P extends EndpointPath> {
  /** The field of the body that a request's `content` fills. */
  content: Endpoints[`/v1${P}`]["from"];
  /** Whether a body must name its model. */
  needsModel: boolean;
  /** The field of the body for the answer's format. */
  format?: "response_format" | "text";
  /** Whether models write tokens there, or images. */
  hasOutput: boolean;
}

const TABLE: { readonly [P in EndpointPath]: Row<P> } = {
  "/chat/completions": {
    content: "messages",
    needsModel: true,
    format: "response_format",
    hasOutput: true,
  },
  "/responses": {
    content: "input",
    needsModel: true,
    format: "text",
    hasOutput: true,
  },
  "/embeddings": { content: "input", needsModel: true, hasOutput: false },
  "/moderations": { content: "input", needsModel: false, hasOutput: false },
  "/completions": { content: "prompt", needsModel: true, hasOutput: true },
  "/images/generations": {
    content: "prompt",
    needsModel: false,
    hasOutput: true,
  },
  "/images/edits": { content: "prompt", needsModel: false, hasOutput: true },
};

const ROWS: ReadonlyMap<string, Row<EndpointPath>> = new Map(
  Object.entries(TABLE),
);

/** An endpoint in Azure's older spelling, which has no `/v1`. */
export function withoutVersion(endpoint: string): string {
  return endpoint.startsWith("/v1/") ? endpoint.slice(3) : endpoint;
}

function rowOf(endpoint: string): Row<EndpointPath> | undefined {
  return ROWS.get(withoutVersion(endpoint));
}

/**
 * The field of the body that a request's `content` fills.
 *
 * @returns Its name; undefined for unknown endpoints.
 */
export function contentFieldOf(
  endpoint: string,
): "messages" | "input" | "prompt" | undefined {
  return rowOf(endpoint)?.content;
}

/**
 * Whether a body must name its model.
 *
 * @returns False for unknown endpoints too.
 */
export function needsModel(endpoint: string): boolean {
  return rowOf(endpoint)?.needsModel ?? false;
}

/**
 * The field of the body for the answer's format.
 *
 * @returns Its name; undefined for endpoints without one.
 */
export function formatFieldOf(
  endpoint: string,
): "response_format" | "text" | undefined {
  return rowOf(endpoint)?.format;
}

/**
 * Whether models write tokens there.
 *
 * @returns True for unknown endpoints too.
 */
export function hasOutput(endpoint: string): boolean {
  return rowOf(endpoint)?.hasOutput ?? true;
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
