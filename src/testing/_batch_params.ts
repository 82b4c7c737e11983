/**
 * What the API checks before it creates a batch.
 *
 * @module
 */

import { BATCH_LIMITS } from "../limits.ts";
import { HttpError, invalidValue, missingParameter } from "./_http_error.ts";
import { isRecord, recordOf } from "./_json.ts";
import { ENDPOINTS } from "./_routes.ts";
import { checkLifetime } from "./_upload.ts";

/** The parameters of a batch that may be created. */
export interface BatchParams {
  inputFileId: string;
  endpoint: string;
  completionWindow: string;
  metadata: Record<string, string> | null;
  /** Seconds that the output and error file live. */
  outputLifetime: number;
}

/** 30 days. */
const OUTPUT_LIFETIME = 2_592_000;

/**
 * Checks the body of `POST /batches`.
 *
 * @throws {HttpError} If the API would refuse it.
 */
export function checkBatchParams(body: Record<string, unknown>): BatchParams {
  const inputFileId = required(body, "input_file_id");
  const endpoint = required(body, "endpoint");
  const completionWindow = required(body, "completion_window");
  if (!ENDPOINTS.includes(endpoint)) {
    throw invalidValue("endpoint", endpoint, ENDPOINTS);
  }
  if (completionWindow !== "24h") {
    throw invalidValue("completion_window", completionWindow, ["24h"]);
  }
  const metadata = checkMetadata(body.metadata ?? null);
  const { anchor, seconds } = recordOf(body.output_expires_after);
  const outputLifetime =
    checkLifetime("output_expires_after", anchor, seconds) ?? OUTPUT_LIFETIME;
  return { inputFileId, endpoint, completionWindow, metadata, outputLifetime };
}

function required(body: Record<string, unknown>, param: string): string {
  const value = body[param] ?? undefined;
  if (value === undefined) throw missingParameter(param);
  if (typeof value !== "string") throw notAString(param);
  return value;
}

function checkMetadata(metadata: unknown): Record<string, string> | null {
  if (metadata === null) return null;
  if (!isRecord(metadata)) {
    throw new HttpError(
      400,
      "Invalid type for 'metadata': expected an object.",
      { param: "metadata", code: "invalid_type" },
    );
  }
  const pairs = Object.entries(metadata);
  if (pairs.length > BATCH_LIMITS.metadataPairs) {
    throw new HttpError(
      400,
      `Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with ${pairs.length} properties instead.`,
      { param: "metadata", code: "object_above_max_properties" },
    );
  }
  for (const [key, value] of pairs) {
    if (typeof value !== "string") throw notAString(`metadata.${key}`);
    if (key.length > 64) throw tooLong("metadata", 64);
    if (value.length > 512) throw tooLong(`metadata.${key}`, 512);
  }
  return metadata as Record<string, string>;
}

function notAString(param: string): HttpError {
  return new HttpError(
    400,
    `Invalid type for '${param}': expected a string.`,
    { param, code: "invalid_type" },
  );
}

function tooLong(param: string, max: number): HttpError {
  return new HttpError(
    400,
    `Invalid '${param}': string too long. Expected a string with maximum length ${max}.`,
    { param, code: "string_above_max_length" },
  );
}
