/**
 * From a line of an output or error file to a result.
 *
 * @module
 */

import { parseObject, readErrorBody } from "../error_body.ts";
import { type Lane, laneOf, readUsage } from "../pricing/mod.ts";
import { isTyped, readOutputs } from "./_outputs.ts";
import { asObject, asText, type Fields } from "./_shape.ts";
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
  /** The endpoint; undefined if unknown. */
  endpoint?: string | undefined;
  /** How it was asked. @default "batch" */
  via?: "batch" | "direct";
  /** The lane in which it was asked. @default "batch" */
  lane?: Lane;
}

const EMPTY: ResultError = {
  code: "missing",
  message: "The request's answer is empty",
};

const SILENT: ResultError = {
  code: "missing",
  message: "The request's line has neither an answer nor an error",
};

/**
 * The id that a line is about.
 *
 * @returns undefined if it has none.
 */
export function idOf(line: unknown): string | undefined {
  const id = asObject(line).custom_id;
  return typeof id === "string" ? id : undefined;
}

/**
 * Reads a line. A success is a 2xx with outputs of the type that its endpoint
 * promises, whichever file it stands in: servers have been seen to put others
 * into output files.
 */
export function toResult(line: unknown, asked: Asked): AnyResult {
  const { response, error } = asObject(line);
  const problem = saysSomething(error) ? error : undefined;
  if (!response) {
    return toFailure(asked, problem ? toError(problem, undefined) : SILENT);
  }

  const { status_code, request_id, body: written } = asObject(response);
  const body = readBody(written);
  const fields = asObject(body);
  const base = baseOf(asked);
  base.lane = laneOf(base.lane, fields);
  base.requestId = asText(request_id);
  base.model = asText(fields.model);
  base.usage = readUsage(body);
  const status = Number(status_code) || 0;
  const reason = problem === undefined
    ? whyNoAnswer(body, fields, status)
    : toError(problem, status);
  if (reason) return failureFrom({ ...base, body }, reason);

  const unfinished = whyUnfinished(fields, asked.endpoint);
  if (unfinished) return failureFrom({ ...base, body }, unfinished);
  const read = readOutputs(body, asked.endpoint);
  if (!read) return failureFrom({ ...base, body }, EMPTY);

  const { outputs, finishReason, refusal } = read;
  const [output] = outputs;
  if (refusal !== undefined) {
    const message = refusal || "The model refused to answer";
    return failureFrom({ ...base, body, output }, { code: "refusal", message });
  }
  // Field by field: spreading the base costs several times as much.
  return {
    id: base.id,
    index: base.index,
    attempts: base.attempts,
    via: base.via,
    lane: base.lane,
    batchId: base.batchId,
    requestId: base.requestId,
    model: base.model,
    usage: base.usage,
    ok: true,
    output,
    outputs,
    parsed: undefined,
    body,
    finishReason,
  };
}

/** Some servers write the body as JSON in a text. */
function readBody(body: unknown): unknown {
  return typeof body === "string" ? parseObject(body) ?? body : body;
}

/** An empty error beside an answer is none. */
function saysSomething(error: unknown): boolean {
  return !!error && Object.keys(readErrorBody(error)).length > 0;
}

function whyNoAnswer(
  body: unknown,
  fields: Fields,
  status: number,
): ResultError | undefined {
  if (status < 200 || status > 299) return toError(body, status);
  const { error } = fields;
  // The Responses API answers 200 also where the model failed.
  const hasFailed = fields.status === "failed" || saysSomething(error);
  return hasFailed ? toError(error, status) : undefined;
}

/** A response in the background runs on, and is paid: asking again would pay twice. */
function whyUnfinished(
  { object, id, status, background, choices }: Fields,
  endpoint: string | undefined,
): ResultError | undefined {
  if (typeof status !== "string" || Array.isArray(choices)) return undefined;
  if (object !== "response" && !isTyped(endpoint)) return undefined;
  const state = status.toLowerCase();
  if (state === "cancelled") {
    const message = "The response was cancelled before it was finished";
    return { code: "response_cancelled", message };
  }
  if (state !== "queued" && state !== "in_progress") return undefined;
  if (background !== true) {
    const message = `The response has the status ${state} and no answer`;
    return { code: "missing", message };
  }
  const message = `The response ${asText(id)} is ${state} in the background: ` +
    "it is still running and will be billed";
  return { code: "response_queued", message };
}

/** The result of a request that was not answered. */
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
    lane: asked.lane ?? "batch",
    batchId: asked.batchId,
    requestId: undefined,
    model: undefined,
    usage: undefined,
  };
}

/**
 * The failure that an answer comes to, and what it keeps of the answer: all of a
 * result's own fields, the body, and an output if there is one.
 */
export function failureFrom(
  answer: ResultBase & { body?: unknown; output?: unknown },
  error: ResultError,
  // deno-lint-ignore no-explicit-any
): Failure<any> {
  const { id, index, attempts, via, lane } = answer;
  const { batchId, requestId, model, usage, body, output } = answer;
  return {
    ...{ id, index, attempts, via, lane },
    ...{ batchId, requestId, model, usage },
    ok: false,
    error,
    ...(output === undefined ? {} : { output }),
    ...(body === undefined ? {} : { body }),
  };
}

/**
 * What an error of any shape says.
 *
 * @param status The request's HTTP status, where it had one.
 */
export function toError(
  error: unknown,
  status: number | undefined,
): ResultError {
  const { number, ...texts } = readErrorBody(error);
  const { code, message, type, param } = shortened(texts);
  const named = statusIn(code, number);
  const isRefused = status !== undefined && (status < 200 || status > 299);
  const isBare = isRefused && typeof error === "string" && message;
  const known = isRefused ? status : named ?? status;
  return {
    code: code ?? type ?? number?.toString() ?? nameOf(status),
    message: isBare
      ? `${silence(status)}: ${message}`
      : message ?? silence(status),
    ...(known === undefined ? {} : { status: known }),
    ...(type ? { type } : {}),
    ...(param ? { param } : {}),
  };
}

/** How many characters of a text are kept: a whole page is not a message. */
const MOST = 1_000;

function shortened<T extends Record<string, string>>(texts: T): T {
  const entries = Object.entries(texts)
    .map(([name, text]) => [name, text.slice(0, MOST)]);
  return Object.fromEntries(entries);
}

/** Some servers put the status into the code. */
function statusIn(
  code: string | undefined,
  number: number | undefined,
): number | undefined {
  const named = number ?? (/^\d{3}$/.test(code ?? "") ? Number(code) : 0);
  return named >= 400 && named <= 599 ? named : undefined;
}

function silence(status: number | undefined): string {
  return status === undefined
    ? "The request was not answered, and the server does not say why"
    : `The request ended with status ${status}`;
}

function nameOf(status: number | undefined): string {
  return status === undefined ? "unknown_error" : `http_${status}`;
}
