/**
 * What the API checks in an input file while a batch is `validating`.
 *
 * @module
 */

import type { Batch } from "../types/batch.ts";
import { isRecord, recordOf } from "./_json.ts";
import type { Lines } from "./_lines.ts";
import { inputsOf, promptText } from "./_request_text.ts";
import { needsModel } from "./_routes.ts";

/** One entry of `Batch.errors.data`. */
export type BatchError = NonNullable<
  NonNullable<Batch["errors"]>["data"]
>[number];

/** What was found in a file. */
export interface Validated {
  /** Empty for a file that can be run. */
  errors: BatchError[];
  /** The model of the first line that has one. */
  model: string | undefined;
  /** Input tokens of all lines. */
  tokens: number;
}

/** A rule that a line breaks: code, message, param. */
type Complaint = readonly [code: string, message: string, param: string | null];

interface Seen {
  endpoint: string;
  model: string | undefined;
  ids: Set<string>;
}

/** Checks every line. */
export function validate(
  lines: Lines,
  endpoint: string,
  requestsPerFile: number,
  countTokens: (text: string) => number,
): Validated {
  const seen: Seen = { endpoint, model: undefined, ids: new Set() };
  const errors: BatchError[] = [];
  let tokens = 0;
  let requests = 0;
  for (let index = 0; index < lines.length; index++) {
    const line = parse(lines, index);
    const complaint = complaintAbout(line, seen);
    if (complaint !== undefined) errors.push(error(complaint, index + 1));
    const body = recordOf(recordOf(line).body);
    tokens += countTokens(promptText(body));
    requests += endpoint === "/v1/embeddings" ? inputsOf(body).length : 1;
  }
  if (lines.length === 0) errors.push(error(EMPTY, null));
  if (requests > requestsPerFile) {
    errors.unshift(error(tooMany(requestsPerFile), null));
  }
  return { errors, model: seen.model, tokens };
}

/** An entry of the list of errors. */
export function error(
  [code, message, param]: Complaint,
  line: number | null,
): BatchError {
  return { code, message, param, line };
}

const EMPTY: Complaint = [
  "empty_file",
  "The input file is empty. Please ensure that your batch contains at least one request.",
  "input_file_id",
];

/** The code is Azure's: OpenAI's own is not known. */
function tooMany(limit: number): Complaint {
  return [
    "too_many_tasks",
    `The number of requests in the input file exceeds the limit of ${limit}.`,
    "input_file_id",
  ];
}

function parse(lines: Lines, index: number): unknown {
  try {
    return lines.parse(index);
  } catch {
    return undefined;
  }
}

function complaintAbout(line: unknown, seen: Seen): Complaint | undefined {
  if (!isRecord(line)) {
    return [
      "invalid_json_line",
      "This line is not parseable as valid JSON.",
      null,
    ];
  }
  return missingField(line) ?? wrongEnvelope(line, seen) ??
    wrongBody(recordOf(line.body), seen);
}

function missingField(line: Record<string, unknown>): Complaint | undefined {
  const field = ["custom_id", "method", "url", "body"].find((field) =>
    (line[field] ?? undefined) === undefined
  );
  return field === undefined ? undefined : [
    "missing_required_parameter",
    `Missing required parameter: '${field}'.`,
    field,
  ];
}

function wrongEnvelope(
  line: Record<string, unknown>,
  seen: Seen,
): Complaint | undefined {
  const id = String(line.custom_id);
  if (seen.ids.has(id)) {
    return [
      "duplicate_custom_id",
      `The custom_id '${id}' for this request is a duplicate of another request. The custom_id parameter must be unique for each request in a batch.`,
      "custom_id",
    ];
  }
  seen.ids.add(id);
  if (line.method !== "POST") {
    return ["invalid_request", "The method must be 'POST'.", "method"];
  }
  if (line.url !== seen.endpoint) {
    return [
      "invalid_url",
      "The URL provided for this request does not match the batch endpoint.",
      "url",
    ];
  }
  return undefined;
}

function wrongBody(
  body: Record<string, unknown>,
  seen: Seen,
): Complaint | undefined {
  const { model } = body;
  if (typeof model !== "string") {
    if (!needsModel(seen.endpoint)) return undefined;
    return ["invalid_request", "Model parameter is required.", "body.model"];
  }
  if (isUnknownModel(model)) {
    return [
      "model_not_found",
      `The provided model '${model}' is not supported by the Batch API.`,
      "body.model",
    ];
  }
  seen.model ??= model;
  if (model !== seen.model) {
    return [
      "mismatched_model",
      `The model '${model}' for this request does not match the rest of the batch. Each batch must contain requests for a single model.`,
      "body.model",
    ];
  }
  return wrongParameters(body, seen);
}

function wrongParameters(
  body: Record<string, unknown>,
  seen: Seen,
): Complaint | undefined {
  if (body.stream === true) {
    return [
      "streaming_unsupported",
      "Chat Completions: Streaming is not supported in the Batch API.",
      "body.stream",
    ];
  }
  if (
    seen.endpoint === "/v1/chat/completions" && !Array.isArray(body.messages)
  ) {
    return [
      "invalid_request",
      "Messages parameter is required.",
      "body.messages",
    ];
  }
  return undefined;
}

/** The simulator knows every model but those that say so themselves. */
export function isUnknownModel(model: string): boolean {
  return model.startsWith("nonexistent");
}
