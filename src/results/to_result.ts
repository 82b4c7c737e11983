/**
 * From a line of an output or error file to a result.
 *
 * @module
 */

import { readUsage } from "../pricing/mod.ts";
import { readOutputs } from "./_outputs.ts";
import type { AnyResult, Failure, ResultBase, ResultError } from "./result.ts";

/** Whose line it is. */
export interface Asked {
  /** The request's id. */
  id: string;
  /** Its position in the input. */
  index: number | undefined;
  /** How often it was asked. */
  attempts: number;
  /** The batch that it was in; undefined if it never was in one. */
  batchId: string | undefined;
  /** How it was asked. @default "batch" */
  via?: "batch" | "direct";
}

const SILENT: ResultError = {
  code: "missing",
  message: "The request has a line that says nothing of it",
};

type Fields = Record<string, unknown>;

/**
 * The id that a line is about.
 *
 * @param line A line, as parsed.
 * @returns undefined if it has none.
 */
export function idOf(line: unknown): string | undefined {
  const id = asObject(line).custom_id;
  return typeof id === "string" ? id : undefined;
}

/**
 * Reads a line. A success is a 2xx without an error, whichever file it stands
 * in: servers have been seen to put others into output files.
 *
 * @param line A line, as parsed.
 * @param asked Whose it is.
 * @returns The result.
 */
export function toResult(line: unknown, asked: Asked): AnyResult {
  const { response, error } = asObject(line);
  if (!response) {
    return toFailure(asked, error ? readError(error, undefined) : SILENT);
  }

  const { status_code, request_id, body } = asObject(response);
  const base = {
    ...baseOf(asked),
    requestId: asText(request_id),
    model: asText(asObject(body).model),
    usage: readUsage(body),
  };
  const status = typeof status_code === "number" ? status_code : 0;
  const problem = error || asObject(body).error;
  // The Responses API answers 200 also where the model failed.
  const hasFailed = asObject(body).status === "failed";
  if (problem || hasFailed || status < 200 || status > 299) {
    return { ...base, ok: false, error: readError(problem, status) };
  }

  const { outputs, finishReason, refusal } = readOutputs(body);
  const [output] = outputs;
  if (refusal !== undefined) {
    const message = refusal || "The model refused to answer";
    return {
      ...base,
      ok: false,
      error: { code: "refusal", message },
      output,
      body,
    };
  }
  return {
    ...base,
    ok: true,
    output,
    outputs,
    parsed: undefined,
    body,
    finishReason,
  };
}

/**
 * The result of a request that was not answered.
 *
 * @param asked Whose it is.
 * @param error Why.
 * @returns The failure.
 */
export function toFailure(
  asked: Asked,
  error: ResultError,
  // deno-lint-ignore no-explicit-any
): Failure<any> {
  return { ...baseOf(asked), ok: false, error };
}

function baseOf(asked: Asked): ResultBase {
  return {
    id: asked.id,
    index: asked.index,
    attempts: asked.attempts,
    via: asked.via ?? "batch",
    batchId: asked.batchId,
    requestId: undefined,
    model: undefined,
    usage: undefined,
  };
}

function readError(
  error: unknown,
  status: number | undefined,
): ResultError {
  const { code, message, type, param } = asObject(error);
  return {
    code: asText(code) ?? asText(type) ?? `http_${status ?? 0}`,
    message: asText(message) ?? `The request ended with status ${status ?? 0}`,
    ...(status === undefined ? {} : { status }),
    ...(asText(type) ? { type: asText(type) as string } : {}),
    ...(asText(param) ? { param: asText(param) as string } : {}),
  };
}

function asObject(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
